using System.Globalization;
using Platform.Contracts;

namespace Platform.Predictor.Explanations;

/// <summary>What an engineer looks at first: what was said about a recording, and where it deviates.</summary>
/// <param name="RecordingId">Null for posted audio, as are the times.</param>
/// <param name="Threshold">Of the detector that decided, as is the score.</param>
/// <param name="Relative">Whether errors are also given as multiples of what is usual for the band: only where the package knows that.</param>
/// <param name="PatchErrors">Reconstruction error of each window, with its seconds.</param>
/// <param name="Bands">From the lowest to the highest.</param>
/// <param name="Frames">In time; several frames are one entry where there are more than were asked for.</param>
/// <param name="WorstBands">Ranges of frequency that deviate most, the worst first.</param>
/// <param name="WorstSeconds">The same in time.</param>
/// <param name="Summary">The worst in one sentence.</param>
internal sealed record Explanation(
    Guid? RecordingId,
    string Device,
    DateTimeOffset? RecordedAt,
    DateTimeOffset? ScoredAt,
    string ModelId,
    int Version,
    long Deployment,
    string SpecHash,
    string Detector,
    double Score,
    double Threshold,
    string Verdict,
    IReadOnlyList<DetectorScore> Detectors,
    double Seconds,
    bool Relative,
    IReadOnlyList<PatchError> PatchErrors,
    IReadOnlyList<BandError> Bands,
    IReadOnlyList<FrameError> Frames,
    IReadOnlyList<BandRange> WorstBands,
    IReadOnlyList<SecondsRange> WorstSeconds,
    string Summary)
{
    internal static Explanation Of(ExplainedRecording explained, int mostFrames)
    {
        var (about, reading) = (explained.About, explained.Reading);
        BandRange[] bands = [.. reading.WorstBands().Select(stretch => BandRange.Of(reading, stretch))];
        SecondsRange[] seconds = [.. reading.WorstFrames().Select(stretch => SecondsRange.Of(reading, stretch))];
        return new(
            about.RecordingId, about.Device, about.RecordedAt, about.ScoredAt,
            about.ModelId, about.Version, about.Deployment, about.SpecHash,
            about.Prediction.Detector, about.Prediction.Score, about.Prediction.Threshold, about.Prediction.Verdict, about.Prediction.Detectors,
            reading.SecondsOf(0, reading.Deviations.Frames - 1).To, reading.IsRelative,
            PatchError.Of(reading), BandError.Of(reading), FrameError.Of(reading, mostFrames), bands, seconds, Sentence(bands, seconds));
    }

    private static string Sentence(BandRange[] bands, SecondsRange[] seconds) =>
        bands.Length == 0 || seconds.Length == 0 ? "" : $"Deviates most at {bands[0].Name} ({bands[0].Size}) and at {seconds[0].Name} ({seconds[0].Size}).";
}

/// <param name="Error">Mean squared error in normalised units, as every error here.</param>
internal sealed record PatchError(int Patch, double FromSeconds, double ToSeconds, double Error)
{
    internal static IReadOnlyList<PatchError> Of(DeviationReading reading) =>
    [
        .. reading.Deviations.Prediction.PatchErrors.Select((error, patch) => new PatchError(
            patch, patch * reading.Extraction.HopSeconds, patch * reading.Extraction.HopSeconds + reading.Extraction.WinSeconds, error)),
    ];
}

/// <param name="CentreHz">Where the band's filter is strongest; its neighbours reach up to there.</param>
/// <param name="Decibels">The root of the error, in dB of level.</param>
/// <param name="Usual">Usual error of the band; null where the package does not say.</param>
/// <param name="TimesUsual">The error as a multiple of it.</param>
/// <param name="LevelShift">Mean level of the band less its usual one, in dB; null where the package does not say.</param>
internal sealed record BandError(
    int Band, double FromHz, double CentreHz, double ToHz, double Error, double Decibels, double? Usual, double? TimesUsual, double? LevelShift)
{
    internal static IReadOnlyList<BandError> Of(DeviationReading reading) =>
    [
        .. reading.Deviations.BandErrors.Select((error, band) => new BandError(
            band, reading.Edges[band], reading.Edges[band + 1], reading.Edges[band + 2], error, reading.Decibels(error),
            reading.Usual?[band], reading.Usual is { } usual ? error / usual[band] : null, reading.Deviations.LevelShift?[band])),
    ];
}

/// <param name="Error">Mean over the bands; null in a gap between windows.</param>
/// <param name="PeakError">The largest of the frames that this entry stands for.</param>
/// <param name="TimesUsual">Mean over the bands of error / usual error of the band.</param>
internal sealed record FrameError(double FromSeconds, double ToSeconds, double? Error, double? PeakError, double? TimesUsual)
{
    internal static IReadOnlyList<FrameError> Of(DeviationReading reading, int most)
    {
        var (errors, values) = (reading.Deviations.FrameErrors, reading.IsRelative ? reading.FrameValues() : null);
        var step = (errors.Length + most - 1) / most;
        var entries = new List<FrameError>();
        for (var first = 0; first < errors.Length; first += step)
        {
            var last = Math.Min(first + step, errors.Length) - 1;
            var (from, to) = reading.SecondsOf(first, last);
            double[] heard = [.. errors[first..(last + 1)].Where(double.IsFinite)];
            double[] times = values is null ? [] : [.. values[first..(last + 1)].Where(double.IsFinite)];
            entries.Add(new(
                from, to, heard.Length == 0 ? null : heard.Average(), heard.Length == 0 ? null : heard.Max(), times.Length == 0 ? null : times.Average()));
        }

        return entries;
    }
}

/// <param name="Name">For people, as <c>2.1–2.6 kHz</c>.</param>
/// <param name="Size">For people, as <c>12 × usual</c> or <c>9.1 dB off</c>.</param>
internal sealed record BandRange(int FirstBand, int LastBand, double FromHz, double ToHz, double PeakHz, string Name, string Size)
{
    internal static BandRange Of(DeviationReading reading, Stretch stretch)
    {
        // A filter reaches to the centres of its neighbours; what a band stands for is half of that.
        var edges = reading.Edges;
        var (from, to) = ((edges[stretch.First] + edges[stretch.First + 1]) / 2, (edges[stretch.Last + 1] + edges[stretch.Last + 2]) / 2);
        return new(stretch.First, stretch.Last, from, to, edges[stretch.At + 1], Quantities.HertzRange(from, to), Quantities.Deviation(reading, stretch.Peak));
    }
}

/// <param name="Name">For people, as <c>3.2–3.9 s</c>.</param>
/// <param name="Size">As of <see cref="BandRange"/>.</param>
internal sealed record SecondsRange(double FromSeconds, double ToSeconds, double PeakSeconds, string Name, string Size)
{
    internal static SecondsRange Of(DeviationReading reading, Stretch stretch)
    {
        var (from, to) = reading.SecondsOf(stretch.First, stretch.Last);
        return new(
            from, to, stretch.At * reading.Deviations.SecondsPerFrame, Quantities.SecondsRange(from, to), Quantities.Deviation(reading, stretch.Peak));
    }
}

/// <summary>Numbers with their units, as people write them.</summary>
internal static class Quantities
{
    internal static string Deviation(DeviationReading reading, double value) => reading.IsRelative
        ? string.Create(CultureInfo.InvariantCulture, $"{Significant(value)} × usual")
        : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} dB off");

    internal static string HertzRange(double from, double to) => to < 1_000
        ? string.Create(CultureInfo.InvariantCulture, $"{from:0}–{to:0} Hz")
        : string.Create(CultureInfo.InvariantCulture, $"{from / 1_000:0.00}–{to / 1_000:0.00} kHz");

    internal static string SecondsRange(double from, double to) => string.Create(CultureInfo.InvariantCulture, $"{from:0.00}–{to:0.00} s");

    /// <summary>Reconstruction errors are small, squared distances are not.</summary>
    internal static string Score(double value) =>
        value.ToString(Math.Abs(value) switch { >= 100 => "0.0", >= 1 => "0.000", _ => "0.00000" }, CultureInfo.InvariantCulture);

    internal static string Significant(double value) => value switch
    {
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };
}
