using System.Diagnostics;
using System.Runtime.InteropServices;
using Platform.Dsp;

namespace Platform.Bench.Features;

/// <summary>
/// 60 s of 16 kHz audio in memory, windows of 8 s every 4 s, one thread: our patches (with the levels, moments and centroid that come with
/// them) against NumPy's, pass by pass in turns, so that what else the machine does hits both.
/// </summary>
internal static class MelRows
{
    private const int SampleRate = 16_000;
    private const int Seconds = 60;

    public static IEnumerable<Row> Measure(int rounds)
    {
        yield return Compare("mel 1024/512/64, 60 s", nFft: 1024, nMels: 64, rounds, limit: 7);
        yield return Compare("mel 2048/512/128, 60 s", nFft: 2048, nMels: 128, rounds, limit: 6);
    }

    internal static float[] Signal()
    {
        // A machine: harmonics over broadband noise, so that no value is special.
        var random = new Random(1);
        var signal = new float[Seconds * SampleRate];
        for (var i = 0; i < signal.Length; i++)
        {
            var time = i / (double)SampleRate;
            signal[i] = (float)(0.2 * Math.Sin(2 * Math.PI * 49.5 * time) + 0.1 * Math.Sin(2 * Math.PI * 990 * time) + 0.05 * (random.NextDouble() - 0.5));
        }

        return signal;
    }

    private static Row Compare(string name, int nFft, int nMels, int rounds, double limit)
    {
        var signal = Signal();
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, MemoryMarshal.AsBytes(signal.AsSpan()));
            using var peer = new NumpyMel(file, nFft, hopLength: 512, nMels);
            var extractor = new FeatureSetExtractor(new Extraction { NFft = nFft, NMels = nMels });
            var audio = new WavAudio(SampleRate, 1, signal);

            // 1. both warm, and doing the same work
            for (var i = 0; i < 200; i++)
                Pass(extractor, audio);
            Thread.Sleep(500); // the compiler's second, optimised version comes from another thread
            for (var i = 0; i < 100; i++)
                Pass(extractor, audio);
            peer.Pass();
            var (ours, theirs) = (Pass(extractor, audio).Sum, peer.Pass().Sum);
            if (Math.Abs(ours - theirs) > 1e-6 * Math.Abs(theirs))
                throw new InvalidOperationException($"{name}: the levels add up to {ours}, NumPy's to {theirs}.");

            // 2. in turns
            var (own, other) = (new List<double>(), new List<double>());
            for (var round = 0; round < rounds; round++)
            {
                own.Add(Enumerable.Range(0, 5).Min(_ => Pass(extractor, audio).Seconds));
                other.Add(Enumerable.Range(0, 5).Min(_ => peer.Pass().Seconds));
            }

            return new Row(name, 1e3 * Median.Of(own), 1e3 * Median.Of(other), "ms", Median.Of([.. other.Zip(own, (b, a) => b / a)]), limit);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static (double Seconds, double Sum) Pass(FeatureSetExtractor extractor, WavAudio audio)
    {
        var sum = 0.0;
        var started = Stopwatch.GetTimestamp();
        var summary = extractor.Extract(audio.ToSource(), _ => { });
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        foreach (var mean in summary.BandMean)
            sum += mean * summary.PatchCount * summary.Frames;
        return (seconds, sum);
    }
}
