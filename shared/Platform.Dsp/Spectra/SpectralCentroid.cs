namespace Platform.Dsp;

/// <summary>Centre of mass of the magnitude spectrum in Hz, per frame and on average. Owns its scratch: one instance per thread.</summary>
/// <remarks>Reference: librosa 0.10 <c>feature.spectral_centroid</c>; a silent frame has centroid 0 and counts in the mean.</remarks>
public sealed class SpectralCentroid
{
    private readonly FrameSpectrum _spectrum;
    private readonly double _hzPerBin;

    public SpectralCentroid(Extraction extraction)
    {
        ArgumentNullException.ThrowIfNull(extraction);
        extraction.Validate();
        _spectrum = new FrameSpectrum(extraction);
        _hzPerBin = extraction.SampleRate / (double)extraction.NFft;
    }

    public int FramesIn(int samples) => _spectrum.FramesIn(samples);

    public double OfFrame(ReadOnlySpan<float> clip, int frame)
    {
        var power = _spectrum.PowerOf(clip, frame);
        double moment = 0, mass = 0;
        for (var bin = 0; bin < power.Length; bin++)
        {
            var magnitude = Math.Sqrt(power[bin]);
            moment += bin * _hzPerBin * magnitude;
            mass += magnitude;
        }

        return mass > 0 ? moment / mass : 0;
    }

    public double Mean(ReadOnlySpan<float> clip)
    {
        var frames = FramesIn(clip.Length);
        double sum = 0;
        for (var frame = 0; frame < frames; frame++)
            sum += OfFrame(clip, frame);
        return sum / frames;
    }
}
