using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Platform.Cli.Trends;
using Spectre.Console;

namespace Platform.Cli.Alarms;

/// <summary><c>alarms show ID</c>: what happened, by which recordings and model, what people said, and what to do next.</summary>
internal static class AlarmShowCommand
{
    private const int TrendDays = 14;

    public static Command Create(Option<bool> json)
    {
        var id = new Argument<string>("id") { Description = "Id of the alarm, or its beginning." };
        var command = new Command("show", "Show an alarm: recordings, scores, labels, the trend, and what to do next.") { id };
        command.SetAction((parse, cancellationToken) => Run(parse.GetRequiredValue(id), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(string id, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var (alarm, scores) = await client.GetAlarm(id, limit: 20, cancellationToken);
        var trend = await client.GetTrend(alarm.Device, TrendDays, cancellationToken);

        report.Line($"{alarm.Device}, alarm {alarm.Id}");
        report.Line($"  opened    {Shown.Time(alarm.OpenedAt)} by {alarm.ModelId} v{alarm.Version}");
        report.Line($"  anomalous {Shown.Count(alarm.Recordings, "recording")}, the last at {Shown.Time(alarm.LastRecordedAt)}");
        report.Line($"  state     {Ended(alarm)}");
        if (AlarmText.Outcome(alarm) is { Length: > 0 } outcome)
            report.Line($"  people    {outcome}");
        report.Show(Scores(scores));
        TrendChart.Show(trend, report);
        report.Line("");
        foreach (var line in Next(alarm, scores, client))
            report.Line(line);
        report.Result(new { alarm, scores, trend });
        return 0;
    }

    private static string Ended(Alarm alarm) => alarm.CloseReason switch
    {
        null => "open",
        "quiet" => $"cleared: the machine sounded normal again at {Shown.Time(alarm.ClosedAt)}",
        "withdrawn" => $"withdrawn at {Shown.Time(alarm.ClosedAt)}: a recording that came out of order took away what had opened it",
        "labels" => $"closed at {Shown.Time(alarm.ClosedAt)}, because all of it was labelled normal",
        _ => $"closed by {alarm.ClosedByPerson} at {Shown.Time(alarm.ClosedAt)}{(alarm.CloseNote is null ? "" : $": {alarm.CloseNote}")}",
    };

    private static Table Scores(IReadOnlyList<AlarmedScore> scores)
    {
        var table = new Table().AddColumns("recorded", "recording", "what", "score", "threshold", "×", "detectors above", "version", "label", "absorbed");
        foreach (var score in scores)
        {
            var above = score.Detectors.Where(detector => detector.Exceeded)
                .Select(detector => detector.Alarming ? detector.Detector : $"({detector.Detector})");
            table.AddRow(
                Shown.Time(score.RecordedAt), $"{score.RecordingId}", What(score), Shown.Number(score.Score, "0.000000"),
                Shown.Number(score.Threshold, "0.000000"), Shown.Number(score.Score / score.Threshold, "0.00"), Shown.Of(string.Join(", ", above)),
                $"v{score.Version}", AlarmText.Label(score), AlarmText.Absorbed(score));
        }

        return table;
    }

    private static string What(AlarmedScore score) => (score.AlarmChange, score.Verdict) switch
    {
        ("none", _) => "anomalous",
        ("held", "anomalous") => "anomalous, labelled",
        ("held", _) => "normal",
        _ => score.AlarmChange,
    };

    private static IEnumerable<string> Next(Alarm alarm, IReadOnlyList<AlarmedScore> scores, PlatformClient client)
    {
        var loudest = scores.Where(score => score.CountsForAlarm).MaxBy(score => score.Score / score.Threshold) ?? scores[0];
        var recording = loudest.RecordingId;
        yield return $"The farthest above its threshold is {recording}:";
        yield return $"  listen   curl -OJ {client.AddressOf("ingest", $"/recordings/{recording}/audio")}";
        yield return $"  look     {client.AddressOf("features", $"/recordings/{recording}/spectrogram.png")}";
        yield return $"  explain  {client.AddressOf("predictor", $"/recordings/{recording}/explanation.png")}";
        yield return $"  again    ./platform replay {alarm.Id}";
        yield return $"  say      ./platform label {recording} normal|anomalous --note \"what it was\"";
        yield return $"  all      ./platform alarms label {alarm.Id} normal|anomalous --note \"what it was\"";
        if (alarm.Open)
            yield return $"  close    ./platform alarms close {alarm.Id} --note \"what was done\"";
        if (scores.Any(score => score.CountsForAlarm && AlarmLabels.Normal(score.Label) && score.Absorbed is null))
            yield return $"  learn    ./platform train {alarm.Device}   (what was labelled normal is taken in any case)";
    }
}
