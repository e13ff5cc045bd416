using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Platform.Dsp;

/// <summary>Extremes and moments of the levels of patches that come one by one.</summary>
/// <remarks>Sums in double: a long recording has millions of cells per band. Levels are tens of dB, so squares lose nothing there.</remarks>
internal sealed class PatchStatistics(int nMels, int frames)
{
    private readonly double[] _sum = new double[nMels];
    private readonly double[] _squares = new double[nMels];
    private float _min;
    private float _max;
    private float _relativeMin;
    private int _patches;

    internal LevelStatistics Levels => new(_min, _max, _relativeMin);

    internal void Reset()
    {
        Array.Clear(_sum);
        Array.Clear(_squares);
        (_min, _max, _relativeMin, _patches) = (float.PositiveInfinity, float.NegativeInfinity, 0, 0);
    }

    internal void Add(ReadOnlySpan<float> patch)
    {
        var (lowest, loudest) = (Vector256.Create(float.PositiveInfinity), Vector256.Create(float.NegativeInfinity));
        var (low, high) = (float.PositiveInfinity, float.NegativeInfinity);
        for (var mel = 0; mel < nMels; mel++)
        {
            var row = patch.Slice(mel * frames, frames);
            var vectors = MemoryMarshal.Cast<float, Vector256<float>>(row);
            var (sum, squares) = (Vector256<double>.Zero, Vector256<double>.Zero);
            foreach (var levels in vectors)
            {
                (lowest, loudest) = (Vector256.Min(lowest, levels), Vector256.Max(loudest, levels));
                var (first, second) = Vector256.Widen(levels);
                sum += first + second;
                squares += Vector256.MultiplyAddEstimate(first, first, second * second);
            }

            _sum[mel] += Vector256.Sum(sum);
            _squares[mel] += Vector256.Sum(squares);
            foreach (var level in row[(vectors.Length * Vector256<float>.Count)..])
            {
                (low, high) = (Math.Min(low, level), Math.Max(high, level));
                _sum[mel] += level;
                _squares[mel] += (double)level * level;
            }
        }

        for (var i = 0; i < Vector256<float>.Count; i++)
            (low, high) = (Math.Min(low, lowest[i]), Math.Max(high, loudest[i]));
        (_min, _max, _relativeMin) = (Math.Min(_min, low), Math.Max(_max, high), Math.Min(_relativeMin, low - high));
        _patches++;
    }

    /// <summary>Mean and population variance per band.</summary>
    internal (double[] Mean, double[] Variance) Bands()
    {
        var cells = (double)_patches * frames;
        var mean = Array.ConvertAll(_sum, sum => sum / cells);
        var variance = new double[mean.Length];
        for (var mel = 0; mel < variance.Length; mel++)
            variance[mel] = Math.Max(0, _squares[mel] / cells - mean[mel] * mean[mel]);
        return (mean, variance);
    }
}
