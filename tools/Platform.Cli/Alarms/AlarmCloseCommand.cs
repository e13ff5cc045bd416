using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Alarms;

/// <summary><c>alarms close ID</c>: somebody has seen to it.</summary>
internal static class AlarmCloseCommand
{
    public static Command Create(Option<bool> json)
    {
        var id = new Argument<string>("id") { Description = "Id of the alarm, or its beginning." };
        var by = new Option<string?>("--by") { Description = "Who closes it; by default the account that runs this." };
        var note = new Option<string?>("--note") { Description = "What was found or done." };
        var command = new Command("close", "Close an alarm. If the machine goes on sounding different, another one opens.") { id, by, note };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            using var client = PlatformClient.Connect(Checkout.State);
            var alarm = await client.CloseAlarm(
                parse.GetRequiredValue(id), parse.GetValue(by) ?? Environment.UserName, parse.GetValue(note), cancellationToken);
            report.Line($"Alarm {alarm.Id} of {alarm.Device} was closed by {alarm.ClosedByPerson} at {Shown.Time(alarm.ClosedAt)}.");
            report.Result(alarm);
            return 0;
        });
        return command;
    }
}
