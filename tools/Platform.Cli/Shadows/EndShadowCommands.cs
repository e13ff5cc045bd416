using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Deployments;
using Platform.Cli.Models;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Shadows;

/// <summary><c>promote MODEL</c>: the shadow becomes what serves; <c>drop MODEL</c>: it is scored no more.</summary>
internal static class EndShadowCommands
{
    public static Command Promote(Option<bool> json)
    {
        var model = Model();
        var version = new Option<int?>("--expect") { Description = "Only if this version is the shadow, e.g. v4.", CustomParser = VersionArgument.Parse };
        var (reason, actor) = Because();
        var timeout = new Option<int>("--timeout")
        {
            Description = "Seconds to wait until every replica has said what it made of it; 0 does not wait.",
            DefaultValueFactory = _ => 60,
        };
        timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 86_400)
                result.AddError("--timeout must be between 0 and 86400.");
        });
        var command = new Command("promote", "Deploy the shadow of a model, and wait until every replica serves it.") { model, version, reason, actor, timeout };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            using var client = PlatformClient.Connect(Checkout.State);
            var deployment = await client.PromoteShadow(
                ModelName.IdOf(parse.GetRequiredValue(model)), parse.GetValue(version), parse.GetValue(reason),
                parse.GetValue(actor) ?? Environment.UserName, cancellationToken);
            var atMost = TimeSpan.FromSeconds(parse.GetValue(timeout));
            return RolloutWatch.Show(await RolloutWatch.UntilSettled(client, deployment, atMost, report, cancellationToken), report);
        });
        return command;
    }

    public static Command Drop(Option<bool> json)
    {
        var model = Model();
        var (reason, actor) = Because();
        var command = new Command("drop", "End the shadow of a model; what was compared stays.") { model, reason, actor };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            using var client = PlatformClient.Connect(Checkout.State);
            var dropped = await client.DropShadow(
                ModelName.IdOf(parse.GetRequiredValue(model)), parse.GetValue(reason), parse.GetValue(actor) ?? Environment.UserName, cancellationToken);
            report.Line($"{dropped.ModelId} v{dropped.Version} is a shadow no more.");
            report.Result(dropped);
            return 0;
        });
        return command;
    }

    private static Argument<string> Model() => new("model") { Description = "Id of the model, or the code of a device for its own model." };

    private static (Option<string?> Reason, Option<string?> Actor) Because() =>
        (new("--reason") { Description = "Why; kept in the history." }, new("--actor") { Description = "Who; by default the account that runs this." });
}
