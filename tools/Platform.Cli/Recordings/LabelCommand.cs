using System.CommandLine;
using Platform.Cli.Alarms;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Recordings;

/// <summary><c>label RECORDING normal|anomalous</c>: what a person heard.</summary>
internal static class LabelCommand
{
    public static Command Create(Option<bool> json)
    {
        var recording = new Argument<string>("recording") { Description = "Id of the recording, or its beginning." };
        var label = new Argument<string>("label") { Description = "normal, anomalous, or unlabelled to take a label back." };
        label.AcceptOnlyFromAmong(AlarmLabels.Given);
        var by = new Option<string?>("--by") { Description = "Who says so; by default the account that runs this." };
        var note = new Option<string?>("--note") { Description = "What it was; kept with the label." };
        var command = new Command("label", "Say what a recording is. What a model called anomalous and a person normal, the next training takes.")
        {
            recording, label, by, note,
        };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            using var client = PlatformClient.Connect(Checkout.State);
            var found = await client.FindRecording(parse.GetRequiredValue(recording), cancellationToken);
            var labelled = await client.Label(
                found.Id, parse.GetRequiredValue(label), parse.GetValue(by) ?? Environment.UserName, parse.GetValue(note), cancellationToken);
            report.Line($"{labelled.Id} of {labelled.Device} is {labelled.Label}: {AlarmLabels.Consequence(labelled)}.");
            report.Result(labelled);
            return 0;
        });
        return command;
    }
}
