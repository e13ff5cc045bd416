namespace Platform.Dsp;

/// <summary>Centre of mass of the magnitude spectrum in Hz, per frame and on average. Owns its scratch: one instance per thread.</summary>
/// <remarks>Reference: librosa 0.10 <c>feature.spectral_centroid</c>; a silent frame has centroid 0 and counts in the mean.</remarks>
public sealed class SpectralCentroid
{
    private readonly FrameKernel _kernel;

    public SpectralCentroid(Extraction extraction)
    {
        ArgumentNullException.ThrowIfNull(extraction);
        extraction.Validate();
        _kernel = FrameKernel.Create(extraction);
    }

    public int FramesIn(int samples) => _kernel.FramesIn(samples);

    public double OfFrame(ReadOnlySpan<float> clip, int frame)
    {
        _kernel.Transform(clip, [_kernel.StartOf(frame)]);
        Span<double> centroid = stackalloc double[1];
        _kernel.Centroids(centroid);
        return centroid[0];
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
