namespace Platform.Dsp;

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
