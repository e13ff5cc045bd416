using System.Numerics;
using System.Runtime.InteropServices;
using Platform.Dsp;
using Platform.Models;
using Platform.Trainer.Datasets;

namespace Platform.Trainer.Detectors;

/// <summary>
/// Fits the detector of short events in two passes over a device's patches, of which one is in memory at a time: how frames differ from those around
/// them in each block of time, then how far each recording's most unusual frame goes.
/// </summary>
internal sealed class BurstFitting
{
    // Frames of a device are many and resemble each other, so shrinkage is a constant: this much levels bands that always move together.
    private const double Shrinkage = 0.1;

    private const double LeastDeviationDb = 0.1;

    // Enough for the covariance of some hundred bands; of very many patches, evenly spaced ones are taken for it.
    private const int MostFrames = 200_000;

    private readonly TrainingData _data;
    private readonly Bursts _bursts;
    private readonly int _nMels;
    private readonly float[] _levels;
    private readonly double[] _columns;

    private BurstFitting(TrainingData data, Bursts bursts)
    {
        (_data, _bursts, _nMels) = (data, bursts, data.Manifest.NMels);
        _levels = new float[data.PatchLength];
        _columns = new double[_nMels * bursts.Count];
    }

    /// <param name="recordings">In the order of time.</param>
    internal static FittedDetector Fit(TrainingData data, Bursts bursts, string device, RecordingPatches[] recordings) =>
        new BurstFitting(data, bursts).Fit(device, recordings);

    private FittedDetector Fit(string device, RecordingPatches[] recordings)
    {
        var folds = Folds.Of(recordings.Length);
        var every = (int)(1 + (long)recordings.Sum(recording => recording.Patches.Length) * _bursts.Count / MostFrames);

        // 1. sums of products per fold
        var products = Enumerable.Range(0, folds[^1] + 1).Select(_ => new double[_nMels * _nMels]).ToArray();
        var samples = new double[products.Length];
        var number = 0;
        for (var i = 0; i < recordings.Length; i++)
        {
            foreach (var patch in recordings[i].Patches)
            {
                if (number++ % every != 0)
                    continue;
                Load(device, patch);
                AddProducts(products[folds[i]]);
                samples[folds[i]] += _bursts.Count;
            }
        }

        // 2. what all make, and what all but one fold make
        var model = Without(fold: null);
        var others = products.Select((_, fold) => Without(fold)).ToArray();

        // 3. scores
        var (unseen, seen) = (new double[recordings.Length], new double[recordings.Length]);
        for (var i = 0; i < recordings.Length; i++)
        {
            foreach (var patch in recordings[i].Patches)
            {
                Load(device, patch);
                unseen[i] = Math.Max(unseen[i], others[folds[i]].LargestDistance(_columns, _bursts.Count));
                seen[i] = Math.Max(seen[i], model.LargestDistance(_columns, _bursts.Count));
            }
        }

        return new(DetectorConfig.Transient, device, new DetectorModel(model), unseen, seen);

        ShrunkGaussian Without(int? fold)
        {
            var (sum, count) = (new double[_nMels * _nMels], 0.0);
            for (var other = 0; other < products.Length; other++)
            {
                if (other == fold)
                    continue;
                count += samples[other];
                for (var i = 0; i < sum.Length; i++)
                    sum[i] += products[other][i];
            }

            return ShrunkGaussian.OfProducts(sum, _nMels, count, Shrinkage, LeastDeviationDb);
        }
    }

    private void Load(string device, int patch)
    {
        _data.Gather([patch], _levels);
        var scale = _data.Devices[device];
        var (min, width) = ((float)scale.Min, (float)scale.Width);
        for (var i = 0; i < _levels.Length; i++)
            _levels[i] = _levels[i] * width + min;
        _bursts.Of(_levels, _columns);
    }

    // The lower triangle is all that is read.
    private void AddProducts(double[] sums)
    {
        var count = _bursts.Count;
        for (var i = 0; i < _nMels; i++)
        {
            var row = _columns.AsSpan(i * count, count);
            for (var j = 0; j <= i; j++)
                sums[i * _nMels + j] += Dot(row, _columns.AsSpan(j * count, count));
        }
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var first = MemoryMarshal.Cast<double, Vector<double>>(a);
        var second = MemoryMarshal.Cast<double, Vector<double>>(b);
        var sums = Vector<double>.Zero;
        for (var i = 0; i < first.Length; i++)
            sums += first[i] * second[i];
        var sum = Vector.Sum(sums);
        for (var i = first.Length * Vector<double>.Count; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
