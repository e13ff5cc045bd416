using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Models;
using Platform.Cli.Output;
using Platform.Cli.Shadows;
using Platform.Cli.State;

namespace Platform.Cli.Deployments;

/// <summary><c>deploy MODEL vN</c>: serves a version, and waits until every replica does; with <c>--shadow</c> it is only scored beside what serves.</summary>
internal static class DeployCommand
{
    public static Command Create(Option<bool> json)
    {
        var model = new Argument<string>("model") { Description = "Id of the model, or the code of a device for its own model." };
        var version = new Argument<int?>("version") { Description = "Version to serve, e.g. v3.", CustomParser = VersionArgument.Parse };
        var options = new DeployOptions();
        var command = new Command("deploy", "Serve a version of a model and wait until every replica of the predictor does.") { model, version };
        options.AddTo(command);
        var shadow = new ShadowOptions();
        shadow.AddTo(command);
        command.SetAction((parse, cancellationToken) =>
        {
            var (modelId, number, wish) = (ModelName.IdOf(parse.GetRequiredValue(model)), parse.GetRequiredValue(version)!.Value, options.Read(parse));
            var report = new Report(parse.GetValue(json));
            return shadow.Wanted(parse)
                ? shadow.Start(parse, modelId, number, wish.Reason, wish.Actor, report, cancellationToken)
                : Run(modelId, number, wish, report, cancellationToken);
        });
        return command;
    }

    private static async Task<int> Run(string modelId, int version, DeployWish wish, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var deployment = await client.Deploy(modelId, version, wish.Reason, wish.Actor, wish.Force, cancellationToken);
        return RolloutWatch.Show(await RolloutWatch.UntilSettled(client, deployment, wish.AtMost, report, cancellationToken), report);
    }
}
