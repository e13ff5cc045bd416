using FsCheck;
using FsCheck.Fluent;

namespace Platform.Dsp.Tests;

/// <summary>What holds for every spec and signal, not only for the golden ones.</summary>
public sealed class MelProperties
{
    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(60);

    [Fact]
    public void Bands_are_those_of_the_plain_definition()
    {
        Prop.ForAll(Cases(maxNFft: 1024, maxSamples: 3_000).ToArbitrary(), one =>
        {
            var (extraction, clip) = (one.Extraction, one.Signal());
            var expected = PlainMel.Power(clip, extraction);
            var mel = new MelSpectrogram(extraction);
            var (power, levels) = (new float[expected.Length], new float[expected.Length]);
            mel.Power(clip, power);
            mel.Decibels(clip, levels);

            var loudest = expected.Max();
            var floor = Math.Max(Math.Pow(10, Extraction.FloorDb * extraction.Power / 20), loudest * Math.Pow(10, -80 * extraction.Power / 20));
            for (var i = 0; i < expected.Length; i++)
            {
                Assert.True(Math.Abs(power[i] - expected[i]) <= 1e-5 * loudest, $"Cell {i}: power {power[i]}, expected {expected[i]}.");
                var level = 20 / extraction.Power * Math.Log10(Math.Max(floor, expected[i]));
                var given = Math.Max(levels[i], 20 / extraction.Power * Math.Log10(floor));
                Assert.True(Math.Abs(given - level) <= 1e-3, $"Cell {i}: {given} dB, expected {level} dB.");
            }
        }).Check(Quick);
    }

    [Fact]
    public void Shared_frames_have_the_bits_that_each_window_alone_would_have()
    {
        Prop.ForAll(Cases(maxNFft: 2048, maxSamples: 60_000).ToArbitrary(), one =>
        {
            var (extraction, signal) = (one.Extraction, one.Signal());
            var patches = new List<float[]>();
            var summary = new FeatureSetExtractor(extraction).Extract(new Pieces(signal, extraction.SampleRate, one.Seed), patch => patches.Add(patch.ToArray()));

            Assert.Equal(extraction.PatchesIn(signal.Length), patches.Count);
            Assert.Equal(patches.Count, summary.PatchCount);
            var mel = new MelSpectrogram(extraction);
            var alone = new float[extraction.NMels * extraction.OwnFrames];
            for (var i = 0; i < patches.Count; i++)
            {
                mel.Decibels(signal.AsSpan(i * extraction.HopSamples, extraction.WindowSamples), alone);
                Assert.Equal(alone, patches[i]);
            }

            Assert.Equal(new SpectralCentroid(extraction).Mean(signal), summary.SpectralCentroid, 1e-6);
        }).Check(Quick);
    }

    private static Gen<Case> Cases(int maxNFft, int maxSamples) =>
        from rate in Gen.Elements(8_000, 16_000, 22_050, 25_600, 44_100)
        from bits in Gen.Choose(6, (int)Math.Log2(maxNFft))
        from hop in Gen.OneOf(Gen.Choose(Math.Max(1, (1 << bits) / 16), 1 << bits), Gen.Constant((1 << bits) / 2), Gen.Constant((1 << bits) / 4))
        from mels in Gen.Choose(1, 130)
        from htk in Gen.Elements(true, false)
        from power in Gen.Elements(1.0, 2.0)
        from band in Gen.Elements((0.0, (double?)null), (50.0, 3_500.0), (300.0, (double?)null))
        from window in Gen.Choose(1 << bits, Math.Max(1 << bits, maxSamples / 3))
        from step in Gen.OneOf(
            Gen.Choose(Math.Max(hop, window / 60), Math.Max(hop, maxSamples / 5)),
            Gen.Choose(1, 6).Select(frames => (window / 60 / hop + frames) * hop))
        from extra in Gen.Choose(0, maxSamples / 2)
        from seed in Gen.Choose(0, int.MaxValue)
        select new Case(
            new Extraction
            {
                SampleRate = rate,
                NFft = 1 << bits,
                HopLength = hop,
                NMels = mels,
                Mel = htk ? Extraction.HtkMel : Extraction.SlaneyMel,
                Power = power,
                FMin = band.Item1,
                FMax = band.Item2,
                WinSeconds = window / (double)rate,
                HopSeconds = step / (double)rate,
            },
            window + extra,
            seed);

    private sealed record Case(Extraction Extraction, int Samples, int Seed)
    {
        /// <summary>A tone over noise, with a stretch of silence: loud, quiet and empty frames.</summary>
        internal float[] Signal()
        {
            var random = new Random(Seed);
            var (step, noise, quietFrom) = (random.NextDouble() * Math.PI, Math.Pow(10, -4 * random.NextDouble()), random.Next(Samples));
            var samples = new float[Samples];
            for (var i = 0; i < Samples; i++)
                samples[i] = i - quietFrom is > 0 and < 700 ? 0 : (float)(0.4 * Math.Sin(step * i) + noise * (random.NextDouble() - 0.5));
            return samples;
        }
    }

    /// <summary>A recording that comes in pieces of any size.</summary>
    private sealed class Pieces(float[] samples, int sampleRate, int seed) : AudioSource
    {
        private readonly Random _random = new(seed);
        private int _at;

        public override int SampleRate => sampleRate;

        public override int Channels => 1;

        public override int Read(Span<float> interleaved)
        {
            var count = Math.Min(Math.Min(interleaved.Length, samples.Length - _at), _random.Next(1, 5_000));
            samples.AsSpan(_at, count).CopyTo(interleaved);
            _at += count;
            return count;
        }
    }
}
