namespace Platform.Cli.Evaluation;

/// <summary>A figure with the interval in which it lies in 95 of 100 resamples of the recordings.</summary>
internal sealed record Estimate(double Value, double Low, double High);

/// <summary>
/// Percentile bootstrap: recordings are drawn with replacement, healthy and faulty ones apart, so that each resample has as many of
/// both. The seed is fixed: the same scores give the same intervals.
/// </summary>
internal static class Bootstrap
{
    public const int Samples = 1_000;
    public const double Confidence = 0.95;
    public const int Seed = 1;

    /// <param name="groups">Recordings that are resampled among themselves.</param>
    /// <param name="figure">Of a resample, whose groups stand in the same order; null where it does not exist.</param>
    /// <returns>Null when the figure does not exist for the recordings as they are.</returns>
    public static Estimate? Interval<T>(IReadOnlyList<IReadOnlyList<T>> groups, Func<IReadOnlyList<IReadOnlyList<T>>, double?> figure)
    {
        if (figure(groups) is not { } value)
            return null;

        var random = new Random(Seed);
        var values = new List<double>(Samples);
        for (var sample = 0; sample < Samples; sample++)
        {
            var drawn = groups.Select(group => Draw(group, random)).ToArray();
            if (figure(drawn) is { } one)
                values.Add(one);
        }

        if (values.Count == 0)
            return new(value, value, value);
        values.Sort();
        return new(value, Quantile(values, (1 - Confidence) / 2), Quantile(values, (1 + Confidence) / 2));
    }

    private static T[] Draw<T>(IReadOnlyList<T> group, Random random)
    {
        var drawn = new T[group.Count];
        for (var i = 0; i < drawn.Length; i++)
            drawn[i] = group[random.Next(group.Count)];
        return drawn;
    }

    // Linear between neighbours, as NumPy's quantile.
    private static double Quantile(List<double> sorted, double q)
    {
        var position = q * (sorted.Count - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }
}
