using Platform.Dsp;

namespace Platform.Features.Datasets;

/// <summary>
/// Finds the recordings that sound unlike the others of their device: a microphone that fell off, a crane that passed by. Only stored numbers
/// are looked at, no audio and no patches.
/// </summary>
internal static class QualityScreen
{
    /// <summary>Quartiles of fewer recordings say nothing.</summary>
    internal const int MinRecordings = 10;

    // Tukey's fences are 1.5 wide; machines run under more than one load, hence 2.
    private const double Width = 2;

    /// <summary>
    /// Screens each device by itself. The quartiles are of the recordings given: those that are eligible and within the run's dates, without
    /// the verified ones, which nothing keeps out and which may well be unusual.
    /// </summary>
    internal static DatasetScreen? Of(IReadOnlyList<EligibleSet> candidates)
    {
        var bounds = candidates
            .GroupBy(set => set.Device, StringComparer.Ordinal)
            .Where(device => device.Count() >= MinRecordings)
            .Select(device => Bounds(device.Key, [.. device]))
            .ToList();
        if (bounds.Count == 0)
            return null;

        var byDevice = bounds.ToDictionary(device => device.Device, StringComparer.Ordinal);
        var screenedOut = candidates
            .Where(set => byDevice.TryGetValue(set.Device, out var device) && !IsWithin(set, device))
            .Select(set => new ScreenedRecording(set.RecordingId, set.Device, new DateTimeOffset(set.RecordedAt), set.Rms, set.SpectralCentroid));
        return new DatasetScreen(bounds, [.. screenedOut]);
    }

    private static ScreenBounds Bounds(string device, IReadOnlyCollection<EligibleSet> sets)
    {
        var (rmsMin, rmsMax) = Fences(sets.Select(set => set.Rms));
        var (centroidMin, centroidMax) = Fences(sets.Select(set => set.SpectralCentroid));
        return new ScreenBounds(device, sets.Count, rmsMin, rmsMax, centroidMin, centroidMax);
    }

    private static (double Min, double Max) Fences(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var (q1, q3) = (Quantile(sorted, 0.25), Quantile(sorted, 0.75));
        return (q1 - Width * (q3 - q1), q3 + Width * (q3 - q1));
    }

    /// <summary>Linear interpolation between order statistics, NumPy's default (type 7 of Hyndman and Fan).</summary>
    internal static double Quantile(ReadOnlySpan<double> sorted, double q)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length);
        var at = q * (sorted.Length - 1);
        var below = (int)at;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    private static bool IsWithin(EligibleSet set, ScreenBounds bounds) =>
        set.Rms >= bounds.RmsMin && set.Rms <= bounds.RmsMax
        && set.SpectralCentroid >= bounds.SpectralCentroidMin && set.SpectralCentroid <= bounds.SpectralCentroidMax;
}
