using System.CommandLine;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Running;

/// <summary><c>status</c>: every part with its health, and how many messages wait in each queue; exit code 1 unless all are ready.</summary>
internal static class StatusCommand
{
    public static Command Create(Option<bool> json)
    {
        var command = new Command("status", "Show the parts of the platform, their health and the queues.");
        command.SetAction((parse, cancellationToken) => Run(new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(Report report, CancellationToken cancellationToken)
    {
        var state = Checkout.State;
        if (PortBlock.Load(state) is not { } ports || !LocalPlatform.AnyAlive(state))
        {
            report.Line("The platform is not running; ./platform up starts it.");
            report.Result(new { running = false });
            return 1;
        }

        var status = await PlatformStatus.Read(new(state, ports), cancellationToken);
        PlatformStatus.Show(status, withQueues: true, report);
        report.Result(status);
        return status.Running ? 0 : 1;
    }
}
