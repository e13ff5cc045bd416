using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Training;

/// <summary><c>train DEVICE</c>: a run over a device's usable recordings or some of them, followed until its version is served.</summary>
internal static class TrainCommand
{
    public static Command Create(Option<bool> json)
    {
        var device = new Argument<string>("device") { Description = "Code of the device." };
        var options = new TrainingOptions();
        var command = new Command("train", "Train a model of a device and wait until it is deployed.") { device };
        options.AddTo(command);
        command.SetAction((parse, cancellationToken) =>
            Run(parse.GetRequiredValue(device), options.Read(parse), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(
        string device, IReadOnlyDictionary<string, object> parameters, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var id = await client.StartRun(device, parameters, cancellationToken);
        report.Line($"Run {id}");

        Run run;
        using (var progress = report.Progress("Training"))
            run = RunWatch.Completed((await RunWatch.UntilEnded(client, [id], progress, cancellationToken))[0]);
        var version = await Deployment.Settle(client, run, device, cancellationToken);

        report.Line($"{run.ModelId} v{version.Version}: {version.State}{(version.Reason is { Length: > 0 } reason ? $" ({reason})" : "")}");
        report.Line($"{run.Recordings} recordings, {run.Patches} patches, {run.Epochs} epochs, {run.TrainingSeconds:0.0} s of training, validation loss {run.ValidationLoss:0.00000}");
        report.Result(new { run = run.Name, run.ModelId, version.Version, version.State, version.Reason, run.Recordings, run.Patches, run.Epochs, run.Steps, run.TrainingSeconds, run.ValidationLoss, version.Thresholds });
        // Archived: served already, and replaced meanwhile. A rejected version or one without a threshold is not what was asked for.
        return version.State is "deployed" or "archived" ? 0 : 1;
    }
}
