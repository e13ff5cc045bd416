using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Models;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Deployments;

/// <summary><c>deployments [MODEL]</c>: what was served when, by whom and why; with <c>--id</c> which replica runs it.</summary>
internal static class DeploymentsCommand
{
    private static readonly string[] States = ["rolling_out", "live", "refused", "rolled_back", "replaced"];

    public static Command Create(Option<bool> json)
    {
        var model = new Argument<string?>("model")
        {
            Description = "Id of a model, or the code of a device for its own model; without it those of all models.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var id = new Option<long?>("--id") { Description = "One deployment, with what each replica made of it." };
        var device = new Option<string?>("--device") { Description = "Only those for this device, alone or among others." };
        var state = new Option<string?>("--state") { Description = "Only those in this state." };
        state.AcceptOnlyFromAmong(States);
        var limit = new Option<int>("--limit") { Description = "How many at most, newest first.", DefaultValueFactory = _ => 20 };
        var after = new Option<long?>("--after") { Description = "Only those before the deployment with this id: the next page." };
        var command = new Command("deployments", "Show what was served when, by whom and why.") { model, id, device, state, limit, after };
        command.SetAction((parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            if (parse.GetValue(id) is { } one)
                return ShowOne(one, report, cancellationToken);
            var named = parse.GetValue(model);
            return List(
                Query(
                    ("modelId", string.IsNullOrEmpty(named) ? null : ModelName.IdOf(named)), ("device", parse.GetValue(device)), ("state", parse.GetValue(state)),
                    ("limit", $"{parse.GetValue(limit)}"), ("after", parse.GetValue(after)?.ToString(System.Globalization.CultureInfo.InvariantCulture))),
                report,
                cancellationToken);
        });
        return command;
    }

    private static async Task<int> ShowOne(long id, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var deployment = await client.FindDeployment(id, cancellationToken)
            ?? throw new PlatformException($"there is no deployment {id}; ./platform deployments lists them.");
        report.Line($"{Shown.Time(deployment.DeployedAt)} by {deployment.Actor}: {deployment.Reason}");
        RolloutWatch.Show(deployment, report);
        return 0;
    }

    private static async Task<int> List(string query, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var deployments = await client.GetDeployments(query, cancellationToken);
        var table = new Table().AddColumns("id", "model", "no.", "version", "state", "at", "by", "because");
        foreach (var one in deployments)
        {
            table.AddRow(
                $"{one.Id}",
                Shown.Of(one.ModelId),
                $"{one.Deployment}",
                Shown.Of($"v{one.Version}{(one.Label is { } label ? $" ({label})" : "")}"),
                one.State,
                Shown.Time(one.DeployedAt),
                Shown.Of(one.Actor),
                Shown.Of(one.Reason));
        }

        if (deployments.Count == 0)
            report.Line("There are no such deployments.");
        else
            report.Show(table);
        report.Result(new { deployments });
        return 0;
    }

    private static string Query(params IEnumerable<(string Name, string? Value)> filters) => string.Join(
        '&', filters.Where(filter => filter.Value is not null).Select(filter => $"{filter.Name}={Uri.EscapeDataString(filter.Value!)}"));
}
