using System.CommandLine;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Running;

/// <summary><c>down</c>: stops every part; the data stays.</summary>
internal static class DownCommand
{
    public static Command Create(Option<bool> json)
    {
        var command = new Command("down", "Stop the platform; its data stays.");
        command.SetAction((parse, cancellationToken) => Run(new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(Report report, CancellationToken cancellationToken)
    {
        var state = Checkout.State;
        var stopped = false;
        if (PortBlock.Load(state) is not null)
        {
            using var folderLock = await state.Lock(cancellationToken); // a start that is going on ends first
            if (PortBlock.Load(state) is { } ports && state.PidNames().Any())
                stopped = await new LocalPlatform(state, ports).Stop();
        }

        report.Line(stopped ? "The platform is down." : "The platform was not running.");
        report.Result(new { stopped });
        return 0;
    }
}
