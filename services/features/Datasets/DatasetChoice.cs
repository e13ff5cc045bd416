using Platform.Contracts;
using Platform.Dsp;

namespace Platform.Features.Datasets;

/// <summary>What a run is trained on of a scope's eligible recordings, and what became of the others.</summary>
/// <param name="Chosen">In the order of the eligible sets.</param>
/// <param name="NotDrawn">Left out by the draw alone.</param>
/// <param name="OutsideDates">Eligible recordings of other days.</param>
internal sealed record DatasetChoice(
    DatasetSelection Selection, IReadOnlyList<EligibleSet> Chosen, DatasetScreen? Screen, IReadOnlyList<Guid> NotDrawn, int OutsideDates)
{
    // What the screen needs to judge a device, of which a fifth is held out: enough for a threshold with a spread.
    private const int LeastPerDevice = QualityScreen.MinRecordings;

    public int ScreenedOut => Screen?.ScreenedOut.Count ?? 0;

    /// <summary>
    /// Dates, then the screen, then the draw. Recordings that a person verified as normal pass all three, and their hours do not count.
    /// </summary>
    /// <param name="eligible">By device, then time, then id.</param>
    public static DatasetChoice Of(PrepareTraining run, ChosenDays days, Extraction extraction, IReadOnlyList<EligibleSet> eligible)
    {
        var parameters = run.Parameters;
        var open = eligible.Where(set => !set.Verified).ToList();
        var dated = Completed(run.Scope.Devices, days, eligible, open);

        var screen = parameters.Mode == TrainingModes.ColdStart ? null : QualityScreen.Of(dated);
        var outliers = screen?.ScreenedOut.Select(set => set.RecordingId).ToHashSet() ?? [];
        var screened = dated.Where(set => !outliers.Contains(set.RecordingId)).ToList();

        var taken = screened.Select(set => set.RecordingId).ToHashSet();
        if (parameters.SampleHours > 0)
            taken.IntersectWith(HoursDraw.Draw(screened, extraction, parameters.SampleHours, parameters.Seed));
        Guid[] notDrawn = [.. screened.Select(set => set.RecordingId).Where(id => !taken.Contains(id))];

        // A draw that took everything left nothing to chance: it is no other dataset than without a draw.
        var drew = notDrawn.Length > 0;
        var selection = new DatasetSelection(
            parameters.Mode,
            drew ? DatasetSelection.DrawHours : DatasetSelection.TakeAll,
            drew ? parameters.Seed : null,
            run.Scope.Devices,
            EligibleSets.ExcludedLabels,
            EligibleSets.ExcludedVerdicts,
            drew ? parameters.SampleHours : null,
            days.FromDay,
            days.ToDay,
            days.ByDevice is null ? null : [.. run.Scope.Devices.Select(device => days.ByDevice[device])]);
        return new DatasetChoice(
            selection, [.. eligible.Where(set => set.Verified || taken.Contains(set.RecordingId))], screen, notDrawn, open.Count - dated.Count);
    }

    /// <summary>
    /// What the dates leave. An incremental run of several devices takes the latest recordings of those that the day gives too few of: a
    /// machine that stood still would otherwise have no threshold in the new version, and so no model any more.
    /// </summary>
    private static List<EligibleSet> Completed(
        IReadOnlyList<string> devices, ChosenDays days, IReadOnlyList<EligibleSet> eligible, List<EligibleSet> open)
    {
        var dated = open.Where(days.Include).ToList();
        if (days.ByDevice is null || devices.Count == 1 || dated.Count == 0)
            return dated;

        var taken = dated.Select(set => set.RecordingId).ToHashSet();
        var counts = eligible.Where(set => set.Verified || taken.Contains(set.RecordingId)).CountBy(set => set.Device).ToDictionary(StringComparer.Ordinal);
        foreach (var device in open.GroupBy(set => set.Device, StringComparer.Ordinal))
        {
            // In their order of time, so the last ones are the latest.
            taken.UnionWith(device.Where(set => !taken.Contains(set.RecordingId))
                .TakeLast(Math.Max(LeastPerDevice - counts.GetValueOrDefault(device.Key), 0))
                .Select(set => set.RecordingId));
        }

        return [.. open.Where(set => taken.Contains(set.RecordingId))];
    }
}
