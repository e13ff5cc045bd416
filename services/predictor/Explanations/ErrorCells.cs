using System.Globalization;

namespace Platform.Predictor.Explanations;

/// <summary>
/// The cells of an error map as they are coloured: smoothed, because a single squared error is as noisy as a single throw of a die, and on a scale of
/// doublings where they are multiples of the usual.
/// </summary>
/// <param name="Values">[n_mels, frames]: the logarithm to base 2 of times the usual, or dB.</param>
internal sealed record ErrorCells(bool Relative, float[] Values, double From, double To)
{
    private const int LeastDoublings = 3;
    private const int MostDoublings = 10;
    private const double LeastDb = 6;

    internal static ErrorCells Of(DeviationReading reading)
    {
        var (bands, frames) = (reading.Deviations.NMels, reading.Deviations.Frames);
        var shown = new float[bands * frames];
        for (var band = 0; band < bands; band++)
            for (var frame = 0; frame < frames; frame++)
                shown[band * frames + frame] = Shown(reading, band, Smooth(reading, band, frame));

        var highest = shown.Where(float.IsFinite).DefaultIfEmpty(0).Max();
        return reading.IsRelative
            ? new(true, shown, 0, Math.Clamp(Math.Ceiling(highest), LeastDoublings, MostDoublings))
            : new(false, shown, 0, Math.Max(highest, LeastDb));
    }

    /// <summary>Where a value of the reading stands on the scale, from 0 to 1 and beyond.</summary>
    internal double PositionOf(double value) => ((Relative ? Math.Log2(Math.Max(value, 1e-9)) : value) - From) / (To - From);

    internal IEnumerable<(double Position, string Label)> Ticks()
    {
        if (!Relative)
            return Drawing.Ticks.Between(From, To, 6).Select(tick => (tick / To, Drawing.Ticks.Label(tick)));
        return Enumerable.Range(0, (int)To + 1).Where(doublings => To <= 6 || doublings % 2 == 0)
            .Select(doublings => (doublings / To, string.Create(CultureInfo.InvariantCulture, $"{1 << doublings}×")));
    }

    private static float Shown(DeviationReading reading, int band, double error) =>
        double.IsNaN(error) ? float.NegativeInfinity
        : reading.IsRelative ? (float)Math.Log2(Math.Max(reading.Shown(band, error), 1e-9))
        : (float)reading.Shown(band, error);

    /// <summary>Mean over the cell, twice, and its eight neighbours as far as there are any; NaN in a gap.</summary>
    private static double Smooth(DeviationReading reading, int band, int frame)
    {
        var (map, frames) = (reading.Deviations.Map, reading.Deviations.Frames);
        if (float.IsNaN(map[band * frames + frame]))
            return double.NaN;

        var (sum, weights) = (0.0, 0.0);
        for (var y = Math.Max(0, band - 1); y <= Math.Min(reading.Deviations.NMels - 1, band + 1); y++)
        {
            // A neighbour counts by what is usual for it: beside a band that is always hard to predict, none looks odd.
            var scale = reading.Usual is { } usual ? usual[band] / usual[y] : 1;
            for (var x = Math.Max(0, frame - 1); x <= Math.Min(frames - 1, frame + 1); x++)
            {
                var error = map[y * frames + x];
                if (float.IsNaN(error))
                    continue;
                var weight = (y == band ? 2 : 1) * (x == frame ? 2 : 1);
                sum += weight * scale * error;
                weights += weight;
            }
        }

        return sum / weights;
    }
}
