using System.Text.Json;

namespace Platform.Dsp.Tests;

public sealed class FeatureSetTests
{
    [Theory]
    [InlineData("noise")]
    [InlineData("chirp")]
    [InlineData("impulse")]
    [InlineData("sine440")]
    [InlineData("machine8s")]
    public void Level_and_centroid_are_those_of_numpy_and_librosa(string clip)
    {
        using var stats = JsonDocument.Parse(Golden.Bytes("clip_stats.json"));
        var expected = stats.RootElement.GetProperty(clip);

        var features = new FeatureSetExtractor(TwoSeconds.Extraction).Extract(Golden.Clip(clip));

        Assert.Equal(expected.GetProperty("rms_float64").GetDouble(), features.Summary.Rms, 1e-12);
        Assert.Equal(expected.GetProperty("centroid_mean_hz_1024_512").GetDouble(), features.Summary.SpectralCentroid, 0.01);
    }

    [Theory]
    [InlineData("noise")]
    [InlineData("chirp")]
    [InlineData("impulse")]
    [InlineData("sine440")]
    [InlineData("machine8s")]
    public void Centroids_are_those_of_librosa_frame_by_frame(string clip)
    {
        var expected = Golden.Array($"centroid_{clip}_2048_512").ToDoubles();
        var centroid = new SpectralCentroid(new Extraction { NFft = 2048 });
        var samples = Golden.Clip(clip).Samples;

        Assert.Equal(expected.Length, centroid.FramesIn(samples.Length));
        for (var frame = 0; frame < expected.Length; frame++)
            Assert.Equal(expected[frame], centroid.OfFrame(samples, frame), 0.05);
    }

    [Fact]
    public void Normalised_patches_are_those_of_the_python_recipe()
    {
        var features = new FeatureSetExtractor(TwoSeconds.Extraction).Extract(Golden.Clip("machine8s"));
        var scale = features.Levels.Under(TwoSeconds);
        var expectedScale = Golden.Array("ae_global_scale").ToDoubles();

        Assert.Equal(4, features.PatchCount);
        Assert.Equal(63, features.Frames);
        Assert.Equal(expectedScale[0], scale.Min, 1e-3);
        Assert.Equal(expectedScale[1], scale.Max, 1e-3);
        Golden.AssertClose(
            Golden.Array("ae_batch").ToSingles(), new PatchView(TwoSeconds).ApplyAll(features.Patches, features.PatchCount, scale), 1e-3 / 80);
    }

    [Theory]
    [InlineData(View.AbsoluteReference, null)]
    [InlineData(View.WindowMaxReference, null)]
    [InlineData(View.AbsoluteReference, 63)]
    [InlineData(View.WindowMaxReference, 63)]
    public void The_range_known_without_reading_patches_is_the_range_of_the_patches(string reference, int? frames)
    {
        var spec = TwoSeconds with { View = new View { Reference = reference, Frames = frames } };
        foreach (var clip in Golden.Clips)
        {
            var features = new FeatureSetExtractor(spec.Extraction).Extract(Golden.Clip(clip));
            var view = new PatchView(spec);
            var levels = new float[features.PatchCount * view.PatchLength];
            for (var i = 0; i < features.PatchCount; i++)
                view.Levels(features.Patches.AsSpan(i * view.StoredLength, view.StoredLength), levels.AsSpan(i * view.PatchLength, view.PatchLength));

            var range = features.Levels.Under(spec);
            Assert.Equal(levels.Min(), range.Min, 1e-5);
            Assert.Equal(levels.Max(), range.Max, 1e-5);
        }
    }

    [Fact]
    public void Band_statistics_are_mean_and_population_variance_per_band()
    {
        var features = new FeatureSetExtractor(TwoSeconds.Extraction).Extract(Golden.Clip("machine8s"));

        for (var mel = 0; mel < features.NMels; mel++)
        {
            var cells = Enumerable.Range(0, features.PatchCount)
                .SelectMany(patch => features.Patches.Skip((patch * features.NMels + mel) * features.Frames).Take(features.Frames))
                .Select(level => (double)level).ToArray();
            Assert.Equal(cells.Average(), features.Summary.BandMean[mel], 1e-9);
            Assert.Equal(cells.Average(cell => Math.Pow(cell - cells.Average(), 2)), features.Summary.BandVariance[mel], 1e-9);
        }
    }

    [Fact]
    public void A_window_is_extracted_alike_wherever_it_stands()
    {
        var tone = Golden.Clip("machine8s").Samples;
        var extractor = new FeatureSetExtractor(TwoSeconds.Extraction with { HopSeconds = 1 });

        var whole = extractor.Extract(new WavAudio(16_000, 1, tone));
        var third = extractor.Extract(new WavAudio(16_000, 1, tone[32_000..64_000]));

        Assert.Equal(7, whole.PatchCount);
        Assert.Equal(third.Patches, whole.Patches.AsSpan(2 * third.Patches.Length, third.Patches.Length).ToArray());
    }

    [Fact]
    public void A_recording_shorter_than_one_window_is_too_short()
    {
        var error = Refused(new WavAudio(16_000, 1, new float[31_999]), TwoSeconds.Extraction);

        Assert.Equal(AudioFault.TooShort, error.Fault);
        Assert.Equal(31_999 / 16_000.0, error.Duration!.Value.TotalSeconds, 1e-7);
        Assert.Contains("31999", error.Message, StringComparison.Ordinal);
        Assert.Contains("32000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_channel_that_is_not_there_is_refused()
    {
        var error = Refused(new WavAudio(16_000, 2, new float[100_000]), TwoSeconds.Extraction with { Channel = "2" });

        Assert.Equal(AudioFault.MissingChannel, error.Fault);
        Assert.Contains("channels 0 to 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Channels_are_averaged_or_picked()
    {
        var audio = new WavAudio(16_000, 2, [0.5f, 0.1f, -0.5f, 0.3f]);

        Assert.Equal([0.3f, -0.1f], audio.Select(new Extraction()).Select(sample => MathF.Round(sample, 6)));
        Assert.Equal([0.1f, 0.3f], audio.Select(new Extraction { Channel = "1" }));
    }

    private static readonly FeatureSpec TwoSeconds = new(
        null, new Extraction { WinSeconds = 2, HopSeconds = 2 }, new View { Reference = View.WindowMaxReference });

    private static AudioFormatException Refused(WavAudio audio, Extraction extraction) =>
        Assert.Throws<AudioFormatException>(() => new FeatureSetExtractor(extraction).Extract(audio));
}
