namespace Platform.Dsp;

/// <summary>Power spectrum of single frames of a clip. Owns its scratch: one instance per thread.</summary>
/// <remarks>
/// Frame t is centred on sample t·HopLength, covers NFft samples, and is tapered by a periodic Hann window,
/// 0.5 − 0.5·cos(2πn/NFft). What lies outside the clip counts as zero (librosa's <c>center=True, pad_mode="constant"</c>).
/// </remarks>
internal sealed class FrameSpectrum
{
    private readonly RealFft _fft;
    private readonly double[] _taper;
    private readonly double[] _frame;
    private readonly double[] _scratch;
    private readonly double[] _power;
    private readonly int _hopLength;

    internal FrameSpectrum(Extraction extraction)
    {
        _fft = new RealFft(extraction.NFft);
        _hopLength = extraction.HopLength;
        _frame = new double[extraction.NFft];
        _scratch = new double[_fft.ScratchLength];
        _power = new double[extraction.NFft / 2 + 1];
        _taper = new double[extraction.NFft];
        for (var n = 0; n < _taper.Length; n++)
            _taper[n] = 0.5 - 0.5 * Math.Cos(2 * Math.PI * n / _taper.Length);
    }

    /// <summary>Frames of a clip of this many samples.</summary>
    internal int FramesIn(int samples) => 1 + samples / _hopLength;

    /// <summary>|X[k]|², k = 0 … NFft/2, of one frame; valid until the next call.</summary>
    internal Span<double> PowerOf(ReadOnlySpan<float> clip, int frame)
    {
        var start = frame * _hopLength - _frame.Length / 2;
        var first = Math.Clamp(-start, 0, _frame.Length);
        var end = Math.Clamp(clip.Length - start, first, _frame.Length);

        Array.Clear(_frame, 0, first);
        for (var n = first; n < end; n++)
            _frame[n] = clip[start + n] * _taper[n];
        Array.Clear(_frame, end, _frame.Length - end);

        _fft.PowerSpectrum(_frame, _power, _scratch);
        return _power;
    }
}
