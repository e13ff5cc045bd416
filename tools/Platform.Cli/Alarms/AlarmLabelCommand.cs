using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Alarms;

/// <summary><c>alarms label ID LABEL</c>: one label for all anomalous recordings of an alarm.</summary>
internal static class AlarmLabelCommand
{
    private const int Page = 500;

    public static Command Create(Option<bool> json)
    {
        var id = new Argument<string>("id") { Description = "Id of the alarm, or its beginning." };
        var label = new Argument<string>("label") { Description = "normal, anomalous, or unlabelled to take a label back." };
        label.AcceptOnlyFromAmong(AlarmLabels.Given);
        var by = new Option<string?>("--by") { Description = "Who says so; by default the account that runs this." };
        var note = new Option<string?>("--note") { Description = "What it was; kept with the labels." };
        var command = new Command("label", "Label all anomalous recordings of an alarm; if all are normal, it was a false alarm and is closed.") { id, label, by, note };
        command.SetAction((parse, cancellationToken) => Run(
            parse.GetRequiredValue(id), parse.GetRequiredValue(label), parse.GetValue(by) ?? Environment.UserName, parse.GetValue(note),
            new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(string id, string label, string by, string? note, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var (alarm, _) = await client.GetAlarm(id, limit: 1, cancellationToken);
        var labelled = new List<LabelledRecording>();
        using (var progress = report.Progress("labelling"))
        {
            var page = new List<AlarmedScore>();
            do
            {
                page = await client.GetAlarmRecordings(alarm.Id, Page, page.Count > 0 ? page[^1].RecordingId : null, cancellationToken);
                foreach (var score in page.Where(score => score.CountsForAlarm))
                {
                    labelled.Add(await client.Label(score.RecordingId, label, by, note, cancellationToken));
                    progress.Set(labelled.Count, alarm.Recordings);
                }
            }
            while (page.Count == Page);
        }

        report.Line($"{Shown.Count(labelled.Count, "recording")} of {alarm.Device} {(labelled.Count == 1 ? "is" : "are")} {label} now.");
        report.Result(new { alarm = alarm.Id, recordings = labelled });
        return labelled.Count >= alarm.Recordings ? 0 : 1; // an open alarm may have gone on meanwhile
    }
}
