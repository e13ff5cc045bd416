using System.Globalization;

namespace Platform.Predictor.Explanations.Drawing;

/// <summary>Round numbers along an axis.</summary>
internal static class Ticks
{
    private static readonly double[] Hertz = [20, 50, 100, 200, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000];

    /// <summary>Multiples of 1, 2 or 5 times a power of ten from 0 or the first one inside, at most so many.</summary>
    internal static IReadOnlyList<double> Between(double from, double to, int most)
    {
        if (!(to > from))
            return [from];
        var step = Math.Pow(10, Math.Floor(Math.Log10((to - from) / most)));
        foreach (var factor in new[] { 1, 2, 5, 10 })
        {
            if (Math.Floor(to / (step * factor)) - Math.Ceiling(from / (step * factor)) < most)
            {
                step *= factor;
                break;
            }
        }

        var ticks = new List<double>();
        for (var i = Math.Ceiling(from / step); i * step <= to * (1 + 1e-12); i++)
            ticks.Add(i * step);
        return ticks;
    }

    /// <summary>Frequencies inside the bands, with the band, counted in fractions, at which each lies.</summary>
    /// <param name="edges">As of <c>MelBands.Edges</c>: band i is strongest at the frequency i + 1.</param>
    internal static IEnumerable<(double Hertz, double Band)> Along(double[] edges)
    {
        foreach (var hertz in Hertz)
        {
            var below = Array.FindLastIndex(edges, edge => edge <= hertz);
            if (below >= 1 && below < edges.Length - 1)
                yield return (hertz, below - 1 + (hertz - edges[below]) / (edges[below + 1] - edges[below]));
        }
    }

    internal static string Label(double value) => Math.Abs(value) >= 1_000 && value % 100 == 0
        ? (value / 1_000).ToString("0.#", CultureInfo.InvariantCulture) + "k"
        : value.ToString("0.####", CultureInfo.InvariantCulture);
}
