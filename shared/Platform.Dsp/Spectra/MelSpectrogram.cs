namespace Platform.Dsp;

/// <summary>The mel kernel: one clip to its mel spectrogram, in power or in dB. Owns its scratch: one instance per thread.</summary>
/// <remarks>
/// Input: samples of one clip at the extraction's rate, full scale = ±1. Output: [NMels, frames], row-major, 
/// frames = 1 + samples/HopLength.
/// Reference: librosa 0.10 <c>feature.melspectrogram(center=True, pad_mode="constant", norm="slaney")</c>; golden tests hold it to 1e-3 dB.
/// </remarks>
public sealed class MelSpectrogram
{
    private readonly FrameSpectrum _spectrum;
    private readonly MelFilterBank _bank;
    private readonly double[] _bands;
    private readonly bool _magnitude;
    private readonly double _decibels; // per decade of the filtered value
    private readonly double _floor;

    public MelSpectrogram(Extraction extraction)
    {
        ArgumentNullException.ThrowIfNull(extraction);
        _bank = new MelFilterBank(extraction);
        _spectrum = new FrameSpectrum(extraction);
        _bands = new double[extraction.NMels];
        _magnitude = extraction.Power == 1;
        _decibels = 20 / extraction.Power;
        _floor = Math.Pow(10, Extraction.FloorDb / _decibels);
    }

    public int NMels => _bands.Length;

    public int FramesIn(int samples) => _spectrum.FramesIn(samples);

    /// <summary>Mel bands of the spectrum raised to the extraction's power.</summary>
    public void Power(ReadOnlySpan<float> clip, Span<float> destination)
    {
        var frames = CheckedFrames(clip, destination);
        for (var frame = 0; frame < frames; frame++)
        {
            FilterFrame(clip, frame);
            for (var mel = 0; mel < _bands.Length; mel++)
                destination[mel * frames + frame] = (float)_bands[mel];
        }
    }

    /// <summary>The same as level in dB, full scale = 0 dB, nothing below <see cref="Extraction.FloorDb"/>.</summary>
    public void Decibels(ReadOnlySpan<float> clip, Span<float> destination)
    {
        var frames = CheckedFrames(clip, destination);
        for (var frame = 0; frame < frames; frame++)
        {
            FilterFrame(clip, frame);
            for (var mel = 0; mel < _bands.Length; mel++)
                destination[mel * frames + frame] = (float)(_decibels * Math.Log10(Math.Max(_floor, _bands[mel])));
        }
    }

    private int CheckedFrames(ReadOnlySpan<float> clip, Span<float> destination)
    {
        var frames = FramesIn(clip.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, frames * _bands.Length);
        return frames;
    }

    private void FilterFrame(ReadOnlySpan<float> clip, int frame)
    {
        var spectrum = _spectrum.PowerOf(clip, frame);
        if (_magnitude)
        {
            for (var bin = 0; bin < spectrum.Length; bin++)
                spectrum[bin] = Math.Sqrt(spectrum[bin]);
        }

        _bank.Apply(spectrum, _bands);
    }
}
