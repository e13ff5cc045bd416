using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Explanations;

/// <summary>
/// <c>replay ALARM</c>: fetches the audio, the spec and the version of that time from the archive, verifies their hashes and scores again. Exit code 0
/// when the number is the same, 1 when it is not or cannot be given again.
/// </summary>
internal static class ReplayCommand
{
    public static Command Create(Option<bool> json)
    {
        var id = new Argument<Guid>("alarm") { Description = "Id of an alarm, or of a recording." };
        var all = new Option<bool>("--all") { Description = "Of an alarm: all its recordings, not only the one that opened it." };
        var command = new Command("replay", "Score an alarm again from the archive and show the same number, or what differs.") { id, all };
        command.SetAction((parse, cancellationToken) =>
            Run(parse.GetRequiredValue(id), parse.GetValue(all), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(Guid id, bool all, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var recordings = new List<ReplayedRecording>();
        var page = await client.ReplayAlarm(id, all, after: null, cancellationToken);
        if (page is null)
        {
            recordings.Add(await client.ReplayRecording(id, cancellationToken)
                ?? throw new PlatformException($"there is neither an alarm nor a scored recording {id}; ./platform alarms lists the alarms."));
            Tell(recordings[0], report);
        }

        for (var current = page; current is not null;)
        {
            foreach (var recording in current.Recordings)
                Tell(recording, report);
            recordings.AddRange(current.Recordings);
            current = current.Next is null ? null : await client.ReplayAlarm(id, all, current.Next, cancellationToken);
        }

        var same = recordings.All(recording => recording.Same);
        if (recordings.Count > 1)
            report.Line($"{recordings.Count(recording => recording.Same)} of {Shown.Count(recordings.Count, "recording")} gave the same scores");
        report.Result(new { alarmId = page?.AlarmId, same, recordings });
        return same ? 0 : 1;
    }

    private static void Tell(ReplayedRecording replayed, Report report)
    {
        report.Line($"Recording {replayed.RecordingId} of {replayed.Device}, {Shown.Time(replayed.RecordedAt)}, scored {Shown.Time(replayed.ScoredAt)} by {replayed.ModelId} v{replayed.Version}");
        report.Show(Chain(replayed));
        report.Show(Scores(replayed));
        foreach (var difference in replayed.Differences)
            report.Line($"  {difference}");
        report.Line(Outcome(replayed));
    }

    private static Table Chain(ReplayedRecording replayed)
    {
        var table = new Table().AddColumns("link", "kept", "found", "", "where");
        foreach (var link in replayed.Links)
        {
            table.AddRow(
                Shown.Of(link.Name), Shown.Of(Short(link.Kept)), Shown.Of(Short(link.Found)), Shown.Of(link.State.Replace('_', ' ')),
                Shown.Of(string.Join(": ", new[] { link.Where, link.State == "verified" || replayed.Differences.Contains(link.Detail ?? "") ? null : link.Detail }.OfType<string>())));
        }

        return table;
    }

    private static Table Scores(ReplayedRecording replayed)
    {
        var table = new Table().AddColumns("detector", "score then", "score now", "threshold then", "threshold now");
        foreach (var detector in replayed.Detectors)
        {
            table.AddRow(
                Shown.Of(detector.Detector), Shown.Number(detector.Then, "0.000000000"), Shown.Number(detector.Now, "0.000000000"),
                Shown.Number(detector.ThresholdThen, "0.000000000"), Shown.Number(detector.ThresholdNow, "0.000000000"));
        }

        return table;
    }

    private static string Outcome(ReplayedRecording replayed) => replayed.Outcome switch
    {
        "identical" => $"The same scores to the last bit, and the same verdict: {replayed.VerdictNow}.",
        "within_tolerance" =>
            $"The same scores but for rounding ({Shown.Number(replayed.Detectors.Max(one => one.RelativeDifference), "0.0E+0")} relative), and the same verdict: {replayed.VerdictNow}. " +
            $"Then {replayed.ComputedWithThen ?? "not kept"}, now {replayed.ComputedWithNow}.",
        "differs" => $"The scores differ. Then {replayed.ComputedWithThen ?? "not kept"}, now {replayed.ComputedWithNow}.",
        _ => "It cannot be scored again.",
    };

    /// <summary>Hashes by their beginning, which is enough to tell two of them apart; the JSON has them whole.</summary>
    private static string Short(string? hash) => hash switch { null => "", { Length: 64 } => hash[..12] + "…", _ => hash };
}
