using System.CommandLine;
using Platform.Cli.Output;
using Platform.Cli.Servers;
using Platform.Cli.State;

namespace Platform.Cli.Running;

/// <summary><c>up</c>: starts what is not running and returns when every part is ready.</summary>
internal static class UpCommand
{
    public static Command Create(Option<bool> json)
    {
        var trainers = new Option<int?>("--trainers") { Description = $"How many trainers (1 to {PortBlock.MaxTrainers}); by default as many as are running, else one." };
        trainers.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > PortBlock.MaxTrainers)
                result.AddError($"--trainers must be between 1 and {PortBlock.MaxTrainers}.");
        });
        var foreground = new Option<bool>("--foreground") { Description = "Keep running; Ctrl-C stops everything." };
        var command = new Command("up", "Start the platform on this machine and return when it is ready.") { trainers, foreground };
        command.SetAction((parse, cancellationToken) =>
            Run(parse.GetValue(trainers), parse.GetValue(foreground), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(int? trainers, bool foreground, Report report, CancellationToken cancellationToken)
    {
        var (platform, started) = await Ensure(Checkout.State, trainers, foreground, report, cancellationToken);
        var status = await PlatformStatus.Read(platform, cancellationToken);
        report.Line(started ? "The platform is up." : "The platform was up already.");
        PlatformStatus.Show(status, withQueues: false, report);
        report.Result(status);
        if (!foreground)
            return 0;

        report.Line("Ctrl-C stops it.");
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            report.Line("Stopping …");
        }

        using (await Checkout.State.Lock(CancellationToken.None))
            await platform.Stop();
        return 0;
    }

    /// <summary>Brings the platform up; when that fails or is interrupted, nothing that this call started stays behind.</summary>
    public static async Task<(LocalPlatform Platform, bool Started)> Ensure(
        StateFolder state, int? trainers, bool diesWithUs, Report report, CancellationToken cancellationToken)
    {
        using var folderLock = await state.Lock(cancellationToken);
        var wasUp = LocalPlatform.AnyAlive(state);
        var previous = PortBlock.Load(state);
        // Ports stay as they are while anything listens on them.
        var (ports, claim) = wasUp && previous is not null ? (previous, null) : PortBlock.Choose(state);
        using var portClaim = claim;
        var platform = new LocalPlatform(state, ports);
        if (!wasUp)
            Announce(platform, previous, state, report);
        return (platform, await platform.Start(trainers ?? Math.Max(1, platform.KnownTrainers.Count), diesWithUs, report, cancellationToken));
    }

    private static void Announce(LocalPlatform platform, PortBlock? previous, StateFolder state, Report report)
    {
        if (previous is not null && previous != platform.Ports)
            report.Line($"Ports {previous.Base}–{previous.Base + 99} are in use by something else: moving to {platform.Ports.Base}–{platform.Ports.Base + 99}.");
        report.Line($"Starting PostgreSQL, RabbitMQ and the services on 127.0.0.1, ports from {platform.Ports.Base}, state in {Checkout.Shown(state.Root)} …");
        if (!platform.Postgres.DataFolder.StartsWith(state.Root, StringComparison.Ordinal))
            report.Line($"PostgreSQL does not run as root, and its account cannot enter {state.Root}: its data is in {platform.Postgres.DataFolder}.");
    }
}
