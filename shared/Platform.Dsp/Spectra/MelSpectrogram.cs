namespace Platform.Dsp;

/// <summary>The mel spectrogram of one clip, in power or in dB. Owns its scratch: one instance per thread.</summary>
/// <remarks>
/// Input: samples of one clip at the extraction's rate, full scale = ±1. Output: [NMels, frames], row-major,
/// frames = 1 + samples/HopLength.
/// Reference: librosa 0.10 <c>feature.melspectrogram(center=True, pad_mode="constant", norm="slaney")</c>; golden tests hold it to 1e-3 dB.
/// </remarks>
public sealed class MelSpectrogram
{
    private readonly FrameKernel _kernel;

    public MelSpectrogram(Extraction extraction)
    {
        ArgumentNullException.ThrowIfNull(extraction);
        extraction.Validate();
        _kernel = FrameKernel.Create(extraction);
    }

    public int NMels => _kernel.NMels;

    public int FramesIn(int samples) => _kernel.FramesIn(samples);

    /// <summary>Mel bands of the spectrum raised to the extraction's power.</summary>
    public void Power(ReadOnlySpan<float> clip, Span<float> destination) => Fill(clip, destination, decibels: false);

    /// <summary>The same as level in dB, full scale = 0 dB, nothing below <see cref="Extraction.FloorDb"/>.</summary>
    public void Decibels(ReadOnlySpan<float> clip, Span<float> destination) => Fill(clip, destination, decibels: true);

    private void Fill(ReadOnlySpan<float> clip, Span<float> destination, bool decibels)
    {
        var frames = FramesIn(clip.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, frames * NMels);
        Span<int> starts = stackalloc int[_kernel.Lanes];
        for (var frame = 0; frame < frames; frame += starts.Length)
        {
            var count = Math.Min(starts.Length, frames - frame);
            for (var lane = 0; lane < count; lane++)
                starts[lane] = _kernel.StartOf(frame + lane);
            _kernel.Transform(clip, starts[..count]);
            if (decibels)
                _kernel.Decibels(destination[frame..], frames);
            else
                _kernel.Power(destination[frame..], frames);
        }
    }
}
