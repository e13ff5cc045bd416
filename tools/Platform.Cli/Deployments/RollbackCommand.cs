using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Models;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Deployments;

/// <summary><c>rollback MODEL [--to vN]</c>: serves what was served before, as a new deployment.</summary>
internal static class RollbackCommand
{
    public static Command Create(Option<bool> json)
    {
        var model = new Argument<string>("model") { Description = "Id of the model, or the code of a device for its own model." };
        var to = new Option<int?>("--to") { Description = "Version to go back to, e.g. v3; by default the one that was served before.", CustomParser = VersionArgument.Parse };
        var options = new DeployOptions();
        var command = new Command("rollback", "Go back to the version that was served before, or to another one, and wait until every replica serves it.") { model, to };
        options.AddTo(command);
        command.SetAction((parse, cancellationToken) => Run(
            ModelName.IdOf(parse.GetRequiredValue(model)), parse.GetValue(to), options.Read(parse), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(string modelId, int? to, DeployWish wish, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var deployment = await client.RollBack(modelId, to, wish.Reason, wish.Actor, wish.Force, cancellationToken);
        return RolloutWatch.Show(await RolloutWatch.UntilSettled(client, deployment, wish.AtMost, report, cancellationToken), report);
    }
}
