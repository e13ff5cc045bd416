namespace Platform.Dsp.Tests;

public sealed class LongRecordingTests
{
    [Fact]
    public void An_hour_takes_no_more_memory_than_a_minute_and_nothing_per_window()
    {
        var extractor = new FeatureSetExtractor(new Extraction());
        var patches = 0;
        Extract(60); // whatever is kept for the next recording

        var minute = AllocatedBy(() => Extract(60));
        var hour = AllocatedBy(() => Extract(3_600));

        Assert.Equal(14 + 14 + 899, patches);
        Assert.InRange(minute, 0, 1 << 20);
        Assert.InRange(hour, 0, minute + 50_000); // 885 windows more

        void Extract(int seconds) => extractor.Extract(new Hum(seconds), _ => patches++);
    }

    [Fact]
    public void A_long_recording_says_the_same_as_its_parts()
    {
        var extractor = new FeatureSetExtractor(new Extraction { WinSeconds = 1, HopSeconds = 1 });

        var summary = extractor.Extract(new Hum(300), _ => { });

        Assert.Equal(300, summary.PatchCount);
        Assert.Equal(0.25 / Math.Sqrt(2), summary.Rms, 1e-6);
        Assert.Equal(0.25, summary.Audio.Peak, 1e-6);
        Assert.Equal((16_000, 1, 300.0, 0.0, 0.0, false), (summary.Audio.SampleRate, summary.Audio.Channels,
            summary.Audio.Duration.TotalSeconds, summary.Audio.ClippedFraction, summary.Audio.SilentFraction, summary.Audio.Truncated));
    }

    [Fact]
    public void Clipping_and_dropouts_are_measured_over_all_channels_as_recorded()
    {
        // Two channels, 4 s: the second one clips in its first second, both are off in the last one.
        var samples = new float[2 * 4 * 16_000];
        for (var i = 0; i < 3 * 16_000; i++)
            (samples[2 * i], samples[2 * i + 1]) = (0.1f, i < 16_000 ? 1f : 0.2f);

        var audio = new FeatureSetExtractor(new Extraction { WinSeconds = 1, HopSeconds = 1 }).Extract(new WavAudio(16_000, 2, samples)).Summary.Audio;

        Assert.Equal(1, audio.Peak);
        Assert.Equal(1 / 8.0, audio.ClippedFraction, 1e-12);
        Assert.Equal(1 / 4.0, audio.SilentFraction, 1e-12);
    }

    private static long AllocatedBy(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>A tone of 440 Hz, amplitude 0.25.</summary>
    private sealed class Hum(int seconds) : AudioSource
    {
        private readonly float[] _second = MelSpectrogramTests.Tone(hz: 440, seconds: 1, amplitude: 0.25);
        private int _at;

        public override int SampleRate => 16_000;

        public override int Channels => 1;

        public override int Read(Span<float> interleaved)
        {
            var left = seconds * 16_000 - _at;
            var count = Math.Min(Math.Min(interleaved.Length, left), 16_000 - _at % 16_000);
            _second.AsSpan(_at % 16_000, count).CopyTo(interleaved);
            _at += count;
            return count;
        }
    }
}
