using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Training;

/// <summary>
/// <c>train DEVICE | --machine-type T | --site S | --global</c>: a run over the usable recordings of some devices, followed until its
/// version is served for each that has a threshold.
/// </summary>
internal static class TrainCommand
{
    private const int MostNamed = 10;

    public static Command Create(Option<bool> json)
    {
        var scope = new ScopeOptions();
        var options = new TrainingOptions();
        var command = new Command("train", "Train a model of a device, a machine type, a site or everything, and wait until it is deployed.");
        scope.AddTo(command);
        options.AddTo(command);
        command.SetAction((parse, cancellationToken) =>
            Run(scope.Read(parse), options.Read(parse), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(
        IReadOnlyDictionary<string, object> scope, IReadOnlyDictionary<string, object> parameters, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var id = await client.StartRun(scope, parameters, cancellationToken);
        report.Line($"Run {id}");

        Run run;
        using (var progress = report.Progress("Training"))
            run = RunWatch.Completed((await RunWatch.UntilEnded(client, [id], progress, cancellationToken))[0]);
        var deployment = await Deployment.Settle(client, run, cancellationToken);
        var version = deployment.Version;
        string[] withoutThreshold = [.. (version.Devices ?? []).Except(version.Thresholds.Select(threshold => threshold.Device))];

        report.Line($"{run.ModelId} v{version.Version}: {version.State}{(version.Reason is { Length: > 0 } reason ? $" ({reason})" : "")}");
        report.Line($"{Shown.Count(run.Recordings ?? 0, "recording")}, {Shown.Count(run.Patches ?? 0, "patch", "patches")}, {Shown.Count(run.Epochs ?? 0, "epoch")}, {run.TrainingSeconds:0.0} s of training, validation loss {run.ValidationLoss:0.00000}");
        if (version.Devices is { Count: > 1 })
            Tell(report, deployment, withoutThreshold);
        report.Result(new
        {
            run = run.Name, run.ModelId, version.Version, version.State, version.Reason, run.Recordings, run.Patches, run.Epochs, run.Steps, run.TrainingSeconds,
            run.ValidationLoss, version.Thresholds, deployment.Served, deployment.Elsewhere, withoutThreshold,
        });
        // Archived: served already, and replaced meanwhile. A rejected version or one without a threshold is not what was asked for.
        return version.State is "deployed" or "archived" ? 0 : 1;
    }

    private static void Tell(Report report, Deployment deployment, string[] withoutThreshold)
    {
        if (deployment.Served.Count > 0)
            report.Line($"Served for {Named(deployment.Served)}.");
        if (deployment.Elsewhere.Count > 0)
            report.Line($"Another model is closer and stays: {Named([.. deployment.Elsewhere.Select(device => $"{device.Key} has {device.Value}")])}.");
        if (withoutThreshold.Length > 0)
            report.Line($"Too little data for a threshold: {Named(withoutThreshold)}.");
    }

    private static string Named(IReadOnlyList<string> devices) => devices.Count <= MostNamed
        ? string.Join(", ", devices)
        : $"{string.Join(", ", devices.Take(MostNamed))} and {devices.Count - MostNamed} more";
}
