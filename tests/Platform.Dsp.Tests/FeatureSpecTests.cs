using System.Text.Json;

namespace Platform.Dsp.Tests;

public sealed class FeatureSpecTests
{
    // Stored feature sets and models carry these. When one changes, raise FeatureSpec.Format and say so; do not just paste the new value.
    [Fact]
    public void Hashes_of_the_default_spec_never_change()
    {
        Assert.Equal(
            """{"format":1,"extraction":{"sample_rate":16000,"channel":"mean","win_seconds":8,"hop_seconds":4,"n_fft":1024,"hop_length":512,"n_mels":64,"mel":"slaney","fmin":0,"fmax":8000,"power":2},"view":{"reference":"absolute","amin":1E-10,"top_db":80,"frames":256,"pad":-100}}""",
            FeatureSpec.Default.ToCanonicalJson());
        Assert.Equal("da0bcc2aa9b120197cf35152b6a756f72a40159a91a35bb823f5d0210a955533", FeatureSpec.Default.Hash);
        Assert.Equal("801073f2e0832cb857417f2772d9538edda78401b970e0aedfe6f4cda3b6389a", FeatureSpec.Default.Extraction.Hash);
    }

    [Fact]
    public void A_default_that_is_written_out_is_the_same_spec()
    {
        var spelled = new FeatureSpec("other name",
            new Extraction { FMax = 8000, Channel = "mean" },
            new View { Frames = 256, Pad = -100 });

        Assert.Equal(FeatureSpec.Default.Hash, spelled.Hash);
        Assert.Equal(FeatureSpec.Default.Extraction.Hash, spelled.Extraction.Hash);
    }

    [Fact]
    public void Every_value_is_part_of_the_hash()
    {
        var (e, v) = (new Extraction(), new View());
        FeatureSpec[] specs =
        [
            new(null, e, v),
            new(null, e with { SampleRate = 32_000, FMax = 8000 }, v), new(null, e with { Channel = "0" }, v),
            new(null, e with { WinSeconds = 7.9 }, v), new(null, e with { HopSeconds = 3 }, v), new(null, e with { NFft = 2048 }, v),
            new(null, e with { HopLength = 256 }, v with { Frames = 256 }), new(null, e with { NMels = 65 }, v), new(null, e with { Mel = "htk" }, v),
            new(null, e with { FMin = 1 }, v), new(null, e with { FMax = 7999 }, v), new(null, e with { Power = 1 }, v),
            new(null, e, v with { Reference = "window_max" }), new(null, e, v with { Amin = 1e-9 }), new(null, e, v with { TopDb = 70 }),
            new(null, e, v with { Frames = 251 }), new(null, e, v with { Pad = -50 }),
        ];

        Assert.Equal(specs.Length, specs.Select(spec => spec.Hash).Distinct().Count());
        Assert.Equal(12, specs.Select(spec => spec.Extraction.Hash).Distinct().Count());
    }

    [Fact]
    public void Canonical_json_reads_back_as_the_same_spec()
    {
        var spec = new FeatureSpec(null,
            new Extraction { SampleRate = 25_600, Channel = "1", WinSeconds = 1.5, HopSeconds = 0.3, NFft = 2048, HopLength = 100, NMels = 40, Mel = "htk", FMin = 20.5 },
            new View { Reference = "window_max", Amin = 1e-7, TopDb = 60, Frames = 100, Pad = -12.5 });

        var read = FeatureSpec.FromCanonicalJson(spec.ToCanonicalJson());

        Assert.Equal(spec.Hash, read.Hash);
        Assert.Equal(spec.View, read.View);
        Assert.Equal(spec.Extraction with { FMax = 12_800 }, read.Extraction);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"format":2,"extraction":{},"view":{}}""")]
    [InlineData("""{"format":1,"extraction":{"n_fft":"many"},"view":{}}""")]
    [InlineData("""{"format":1,"extraction":{"n_fff":1024},"view":{}}""")]
    [InlineData("""{"format":1,"extraction":null,"view":{}}""")]
    public void What_is_not_a_spec_is_refused(string json) => Assert.Throws<InvalidDataException>(() => FeatureSpec.FromCanonicalJson(json));

    [Theory]
    [InlineData(8, 256)]
    [InlineData(2, 64)]
    [InlineData(1, 32)]
    public void Frames_default_to_the_next_multiple_of_16(double seconds, int frames) =>
        Assert.Equal(frames, new FeatureSpec(null, new Extraction { WinSeconds = seconds }, new View()).Frames);

    public static TheoryData<Extraction, View, string, string> Wrong() => new()
    {
        { new Extraction { SampleRate = 999 }, new View(), "sampleRate is 999", "1000 to 384000" },
        { new Extraction { Channel = "left" }, new View(), "channel is 'left'", "'mean' or an index" },
        { new Extraction { Channel = "64" }, new View(), "channel is '64'", "from 0 to 63" },
        { new Extraction { NFft = 1000 }, new View(), "nFft is 1000", "powers of two from 64 to 65536" },
        { new Extraction { HopLength = 1025 }, new View(), "hopLength is 1025", "1 to nFft (1024)" },
        { new Extraction { WinSeconds = 0 }, new View(), "winSeconds is 0", "above 0 up to 600" },
        { new Extraction { WinSeconds = double.NaN }, new View(), "winSeconds is NaN", "above 0 up to 600" },
        { new Extraction { WinSeconds = 0.05 }, new View(), "winSeconds is 0.05, which is 800 samples", "at least nFft (1024)" },
        { new Extraction { HopSeconds = -1 }, new View(), "hopSeconds is -1", "above 0 up to 3600" },
        { new Extraction { HopSeconds = 0.001 }, new View(), "hopSeconds is 0.001, which is 16 samples", "at least hopLength (512)" },
        { new Extraction { HopSeconds = 0.1 }, new View(), "hopSeconds is 0.1", "64th of winSeconds (0.125)" },
        { new Extraction { SampleRate = 96_000, WinSeconds = 600, HopSeconds = 600 }, new View(), "which is 57600000 samples", "16777216 samples" },
        { new Extraction { WinSeconds = 100, HopSeconds = 100, HopLength = 16, NMels = 512 }, new View(), "512 × 100001 values", "16777216" },
        { new Extraction { NMels = 512 }, new View { Frames = 65_536 }, "512 × 65536 values", "16777216" },
        { new Extraction { NMels = 0 }, new View(), "nMels is 0", "1 to 512" },
        { new Extraction { Mel = null! }, new View(), "mel is ''", "'slaney' and 'htk'" },
        { new Extraction { FMin = 8000 }, new View(), "fmin is 8000", "fmax (8000)" },
        { new Extraction { FMax = 8001 }, new View(), "fmax is 8001", "half the sample rate (8000)" },
        { new Extraction { Power = 3 }, new View(), "power is 3", "1 and 2" },
        { new Extraction(), new View { Reference = "loudest" }, "reference is 'loudest'", "'absolute' and 'window_max'" },
        { new Extraction(), new View { Amin = 0 }, "amin is 0", "1e-10" },
        { new Extraction(), new View { TopDb = 5 }, "topDb is 5", "10 to 100" },
        { new Extraction(), new View { Frames = 0 }, "frames is 0", "1 to 65536" },
        { new Extraction(), new View { Pad = 3 }, "pad is 3", "floor (-100) to 0" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_value_is_named_with_what_is_allowed(Extraction extraction, View view, string value, string allowed)
    {
        var error = Assert.Throws<InvalidFeatureSpecException>(new FeatureSpec("x", extraction, view).Validate);

        var problem = Assert.Single(error.Problems);
        Assert.Contains(value, problem, StringComparison.Ordinal);
        Assert.Contains(allowed, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_channel_may_be_written_as_number_or_text()
    {
        Assert.Equal("1", JsonSerializer.Deserialize<Extraction>("""{"Channel":1}""")!.Channel);
        Assert.Equal("1", JsonSerializer.Deserialize<Extraction>("""{"Channel":"1"}""")!.Channel);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Extraction>("""{"Channel":true}"""));
    }
}
