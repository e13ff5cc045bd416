using System.Runtime.Intrinsics;

namespace Platform.Dsp;

/// <summary>
/// The mel kernel: frames of a signal to spectra, mel bands and centroids, several frames at a time. Owns its scratch: one instance per
/// thread.
/// </summary>
/// <remarks>
/// A frame covers NFft samples, tapered by a periodic Hann window, 0.5 − 0.5·cos(2πn/NFft). What lies outside the signal counts as zero
/// (librosa's <c>center=True, pad_mode="constant"</c>). A frame's result has the same bits whatever frames are computed with it.
/// </remarks>
internal abstract class FrameKernel
{
    protected FrameKernel(Extraction extraction) =>
        (NFft, HopLength, NMels) = (extraction.NFft, extraction.HopLength, extraction.NMels);

    internal int NFft { get; }

    internal int HopLength { get; }

    internal int NMels { get; }

    /// <summary>Frames of one <see cref="Transform"/>.</summary>
    internal abstract int Lanes { get; }

    /// <summary>For the widest vectors that this processor has.</summary>
    internal static FrameKernel Create(Extraction extraction) => Vector512.IsHardwareAccelerated
        ? new FrameKernel<EightLanes>(extraction)
        : new FrameKernel<FourLanes>(extraction);

    /// <summary>Frames of a signal of this many samples: frame t is centred on sample t·HopLength.</summary>
    internal int FramesIn(int samples) => 1 + samples / HopLength;

    /// <summary>Where frame t starts; negative for the first ones.</summary>
    internal int StartOf(int frame) => frame * HopLength - NFft / 2;

    /// <summary>Spectra of the frames that start at these samples, at most <see cref="Lanes"/>; what the other members then work on.</summary>
    internal abstract void Transform(ReadOnlySpan<float> signal, ReadOnlySpan<int> starts);

    /// <summary>Mel bands of the spectrum raised to the extraction's power: row of band m at m·stride, one value per frame.</summary>
    internal abstract void Power(Span<float> destination, int stride);

    /// <summary>The same as level in dB, full scale = 0 dB, nothing below <see cref="Extraction.FloorDb"/>.</summary>
    internal abstract void Decibels(Span<float> destination, int stride);

    /// <summary>
    /// Centre of mass of each frame's magnitude spectrum in Hz; 0 of a silent one. Reference: librosa's <c>spectral_centroid</c>.
    /// </summary>
    internal abstract void Centroids(Span<double> destination);
}
