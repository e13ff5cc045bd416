namespace Platform.Dsp;

/// <summary>
/// The patches of one recording under one extraction, with what datasets and detectors need to know without reading them.
/// </summary>
/// <param name="Patches">[PatchCount, NMels, Frames], absolute dB, row-major.</param>
/// <param name="Frames">Frames that a window has by itself; nothing is padded here.</param>
/// <param name="Levels">What a view needs to find its lowest and highest level.</param>
/// <param name="Rms">Root mean square of the whole recording, full scale = 1.</param>
/// <param name="SpectralCentroid">Mean over the frames of the whole recording, in Hz.</param>
/// <param name="BandMean">Mean level per mel band over all frames of all patches, absolute dB.</param>
/// <param name="BandVariance">Population variance per mel band over the same, dB².</param>
public sealed record FeatureSet(
    float[] Patches,
    int PatchCount,
    int NMels,
    int Frames,
    LevelStatistics Levels,
    double Rms,
    double SpectralCentroid,
    double[] BandMean,
    double[] BandVariance)
{
    /// <summary>The object <c>features/…/{recording}.npy</c>: float32, so that a replay from the audio scores the same bit for bit.</summary>
    public NpyArray ToArray() => NpyArray.Of(Patches, PatchCount, NMels, Frames);
}

/// <summary>Extremes of stored levels in dB, enough to know the range under every view without reading the patches.</summary>
/// <param name="Min">Lowest level, absolute.</param>
/// <param name="Max">Highest level, absolute.</param>
/// <param name="RelativeMin">Lowest level below the loudest cell of its own window; the highest is 0 by definition.</param>
public readonly record struct LevelStatistics(double Min, double Max, double RelativeMin)
{
    /// <summary>Range that these patches have under a view, its padding included.</summary>
    /// <remarks>
    /// Exact, but for <c>window_max</c> with an <c>amin</c> above the stored floor: there it may be wider than the patches, because
    /// what the floor of each single window was is not stored.
    /// </remarks>
    public Scale Under(FeatureSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var floor = spec.View.FloorDb;
        var range = spec.View.Reference == View.WindowMaxReference
            ? new Scale(Math.Max(RelativeMin, floor), 0)
            : new Scale(Math.Max(Min, floor), Math.Max(Max, floor));
        return spec.Frames > spec.Extraction.OwnFrames ? range.Union(new Scale(spec.View.PadDb, spec.View.PadDb)) : range;
    }
}
