using System.Runtime.Intrinsics;

namespace Platform.Dsp;

/// <summary>Power spectra of frames of a signal, up to four at a time. Owns its scratch: one instance per thread.</summary>
/// <remarks>
/// A frame covers NFft samples, tapered by a periodic Hann window, 0.5 − 0.5·cos(2πn/NFft). What lies outside the signal counts as zero
/// (librosa's <c>center=True, pad_mode="constant"</c>).
/// </remarks>
internal sealed class FrameSpectra
{
    private readonly RealFft _fft;
    private readonly float[][] _padded;

    internal FrameSpectra(Extraction extraction)
    {
        Span<double> taper = new double[extraction.NFft];
        for (var n = 0; n < taper.Length; n++)
            taper[n] = 0.5 - 0.5 * Math.Cos(2 * Math.PI * n / taper.Length);
        _fft = new RealFft(taper);
        _padded = [new float[taper.Length], new float[taper.Length], new float[taper.Length], new float[taper.Length]];
        HopLength = extraction.HopLength;
    }

    internal int NFft => _fft.Length;

    internal int HopLength { get; }

    /// <summary>Frames of a signal of this many samples: frame t is centred on sample t·HopLength.</summary>
    internal int FramesIn(int samples) => 1 + samples / HopLength;

    /// <summary>Where frame t starts; negative for the first ones.</summary>
    internal int StartOf(int frame) => frame * HopLength - NFft / 2;

    /// <summary>
    /// |X[k]|², k = 0 … NFft/2, of up to four frames that start at these samples, one per lane; lanes without a frame repeat the last one.
    /// Valid until the next call.
    /// </summary>
    internal ReadOnlySpan<Vector256<double>> PowerOf(ReadOnlySpan<float> signal, ReadOnlySpan<int> starts)
    {
        var last = starts.Length - 1;
        return _fft.PowerSpectra(
            Frame(signal, starts[0], 0),
            Frame(signal, starts[Math.Min(1, last)], Math.Min(1, last)),
            Frame(signal, starts[Math.Min(2, last)], Math.Min(2, last)),
            Frame(signal, starts[last], last));
    }

    private ReadOnlySpan<float> Frame(ReadOnlySpan<float> signal, int start, int lane)
    {
        if (start >= 0 && start + NFft <= signal.Length)
            return signal.Slice(start, NFft);

        var padded = _padded[lane];
        var first = Math.Clamp(-start, 0, NFft);
        var end = Math.Clamp(signal.Length - start, first, NFft);
        padded.AsSpan(0, first).Clear();
        signal[(start + first)..(start + end)].CopyTo(padded.AsSpan(first));
        padded.AsSpan(end).Clear();
        return padded;
    }
}
