using System.Runtime.Intrinsics;

namespace Platform.Dsp;

/// <summary>Centre of mass of the magnitude spectrum in Hz, per frame and on average. Owns its scratch: one instance per thread.</summary>
/// <remarks>Reference: librosa 0.10 <c>feature.spectral_centroid</c>; a silent frame has centroid 0 and counts in the mean.</remarks>
public sealed class SpectralCentroid
{
    private readonly FrameSpectra _spectra;
    private readonly double _hzPerBin;

    public SpectralCentroid(Extraction extraction)
    {
        ArgumentNullException.ThrowIfNull(extraction);
        extraction.Validate();
        _spectra = new FrameSpectra(extraction);
        _hzPerBin = HzPerBin(extraction);
    }

    public int FramesIn(int samples) => _spectra.FramesIn(samples);

    public double OfFrame(ReadOnlySpan<float> clip, int frame) => Of(_spectra.PowerOf(clip, [_spectra.StartOf(frame)]), _hzPerBin)[0];

    public double Mean(ReadOnlySpan<float> clip)
    {
        var frames = FramesIn(clip.Length);
        double sum = 0;
        for (var frame = 0; frame < frames; frame++)
            sum += OfFrame(clip, frame);
        return sum / frames;
    }

    internal static double HzPerBin(Extraction extraction) => extraction.SampleRate / (double)extraction.NFft;

    /// <summary>Centroids of four frames, one per lane, from their power spectra.</summary>
    internal static Vector256<double> Of(ReadOnlySpan<Vector256<double>> power, double hzPerBin)
    {
        // Roots in float32, as librosa takes them, eight at a time; sums in double.
        var (moment, mass) = (Vector256<double>.Zero, Vector256<double>.Zero);
        for (var bin = 0; bin < power.Length; bin += 2)
        {
            var next = bin + 1 < power.Length ? power[bin + 1] : Vector256<double>.Zero;
            var (first, second) = Vector256.Widen(Vector256.Sqrt(Vector256.Narrow(power[bin], next)));
            mass += first + second;
            moment += Vector256.MultiplyAddEstimate(first, Vector256.Create((double)bin), second * (bin + 1));
        }

        var centroid = moment * hzPerBin / mass;
        return Vector256.ConditionalSelect(Vector256.GreaterThan(mass, Vector256<double>.Zero), centroid, Vector256<double>.Zero);
    }
}
