using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Alarms;

/// <summary><c>alarms</c>: machines that sound different, newest first.</summary>
internal static class AlarmsCommand
{
    public static Command Create(Option<bool> json)
    {
        var open = new Option<bool>("--open") { Description = "Only those that are open." };
        var device = new Option<string?>("--device") { Description = "Only of this device." };
        var limit = new Option<int>("--limit") { Description = "How many at most, 1 to 1000.", DefaultValueFactory = _ => 50 };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1_000)
                result.AddError("--limit must be between 1 and 1000.");
        });
        var command = new Command("alarms", "Show machines that sound different, newest first.") { open, device, limit };
        command.Subcommands.Add(AlarmShowCommand.Create(json));
        command.Subcommands.Add(AlarmCloseCommand.Create(json));
        command.Subcommands.Add(AlarmLabelCommand.Create(json));
        command.Subcommands.Add(AlarmRulesCommand.Create(json));
        command.SetAction((parse, cancellationToken) => Run(
            parse.GetValue(device), parse.GetValue(open), parse.GetValue(limit), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(string? device, bool open, int limit, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var alarms = await client.GetAlarms(device, open, limit, cancellationToken);
        var table = new Table().AddColumns("id", "device", "opened", "last anomalous", "recordings", "model", "state", "people say");
        foreach (var alarm in alarms)
        {
            table.AddRow(
                $"{alarm.Id}", Shown.Of(alarm.Device), Shown.Time(alarm.OpenedAt), Shown.Time(alarm.LastRecordedAt), Shown.Count(alarm.Recordings),
                $"v{alarm.Version}", AlarmText.State(alarm), AlarmText.Outcome(alarm));
        }

        if (alarms.Count == 0)
            report.Line(open ? "There are no open alarms." : "There are no alarms.");
        else
            report.Show(table);
        report.Result(new { alarms });
        return 0;
    }
}
