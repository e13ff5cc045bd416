namespace Platform.Dsp.Tests;

public sealed class MonoSourceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(8)]
    [InlineData(64)]
    public void The_mean_and_every_channel_are_what_plain_arithmetic_gives_whatever_the_blocks(int channels)
    {
        var random = new Random(channels);
        var audio = new WavAudio(16_000, channels, [.. Enumerable.Range(0, channels * 5_003).Select(_ => random.NextSingle() - 0.5f)]);

        foreach (var channel in Enumerable.Range(-1, channels + 1))
        {
            var extraction = channel < 0 ? new Extraction() : new Extraction { Channel = $"{channel}" };
            float[] expected =
            [
                .. Enumerable.Range(0, 5_003).Select(i => channel < 0
                    ? (float)audio.Samples.AsSpan(i * channels, channels).ToArray().Average(sample => (double)sample)
                    : audio.Samples[i * channels + channel]),
            ];

            using var source = MonoSource.Of(audio.ToSource(), extraction);
            var actual = source.ReadAll(() => random.Next(1, 2_000));

            Assert.Equal(1, source.Channels);
            Golden.AssertClose(expected, actual, channel < 0 ? 1e-6 : 0);
            Assert.Equal(audio.Select(extraction), actual); // one code path, so not a bit apart
        }
    }

    [Fact]
    public void Another_rate_is_changed_to_the_extraction_s_after_mixing()
    {
        var left = Sources.Tone(1_000, 48_000, 48_000);
        var right = Sources.Tone(3_000, 48_000, 48_000);
        var audio = new WavAudio(48_000, 2, [.. left.Zip(right, (a, b) => new[] { a, b }).SelectMany(frame => frame)]);

        using var source = MonoSource.Of(audio.ToSource(), new Extraction { SampleRate = 8_000 });
        var actual = source.ReadAll();

        Assert.Equal((8_000, 8_000), (source.SampleRate, actual.Length));
        var expected = Sources.Tone(1_000, 8_000, 8_000).Zip(Sources.Tone(3_000, 8_000, 8_000), (a, b) => (a + b) / 2).ToArray();
        Golden.AssertClose(expected.AsSpan(1_000, 6_000), actual.AsSpan(1_000, 6_000), 1e-4);
    }

    [Fact]
    public void Nothing_is_put_around_audio_that_fits_already()
    {
        var source = Sources.Of(16_000, 0.5f);

        Assert.Same(source, MonoSource.Of(source, new Extraction()));
    }

    [Fact]
    public void A_channel_that_is_not_there_is_named_and_the_source_let_go()
    {
        var source = new Watched(new WavAudio(16_000, 2, [0, 0]).ToSource());

        var error = Assert.Throws<AudioFormatException>(() => MonoSource.Of(source, new Extraction { Channel = "2" }));

        Assert.Equal((AudioFault.MissingChannel, "The spec takes channel 2, the recording has channels 0 to 1."), (error.Fault, error.Message));
        Assert.True(source.Disposed);
    }

    [Fact]
    public void Disposing_and_truncation_pass_through_the_whole_chain()
    {
        var source = new Watched(new WavAudio(48_000, 2, [0, 0]).ToSource());

        using (var mono = MonoSource.Of(source, new Extraction()))
            Assert.True(mono.Truncated);

        Assert.True(source.Disposed);
    }

    private sealed class Watched(AudioSource source) : AudioSource
    {
        public bool Disposed { get; private set; }

        public override int SampleRate => source.SampleRate;

        public override int Channels => source.Channels;

        public override bool Truncated => true;

        public override int Read(Span<float> interleaved) => source.Read(interleaved);

        protected override void Dispose(bool disposing)
        {
            Disposed = true;
            base.Dispose(disposing);
        }
    }
}
