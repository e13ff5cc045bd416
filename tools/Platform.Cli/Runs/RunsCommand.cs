using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Runs;

/// <summary><c>runs</c>: what was trained, newest first; <c>runs show</c> and <c>runs compare</c> look closer.</summary>
internal static class RunsCommand
{
    private static readonly string[] States = ["queued", "preparing", "running", "completed", "failed", "cancelled", "not_possible"];

    public static Command Create(Option<bool> json)
    {
        var state = new Option<string[]>("--state") { Description = $"Only these: {string.Join(", ", States)}.", AllowMultipleArgumentsPerToken = true };
        state.AcceptOnlyFromAmong(States);
        var device = new Option<string?>("--device") { Description = "Only runs of this device, alone or among others." };
        var model = new Option<string?>("--model") { Description = "Only runs of this model, by its id." };
        var name = new Option<string?>("--name") { Description = "Only runs whose name begins so." };
        var page = new PageOptions("createdAt", "name");
        var command = new Command("runs", "Show training runs, newest first.") { state, device, model, name };
        page.AddTo(command);
        command.SetAction((parse, cancellationToken) => Run(
            page.Query(
                parse,
                ("state", parse.GetValue(state) is { Length: > 0 } states ? string.Join(',', states) : null),
                ("device", parse.GetValue(device)),
                ("modelId", parse.GetValue(model)),
                ("name", parse.GetValue(name))),
            new Report(parse.GetValue(json)),
            cancellationToken));
        command.Subcommands.Add(RunShowCommand.Create(json));
        command.Subcommands.Add(RunCompareCommand.Create(json));
        return command;
    }

    private static async Task<int> Run(string query, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var page = await client.GetRuns(query, cancellationToken);
        var table = new Table().AddColumns("run", "state", "version", "steps", "validation loss", "seconds", "created", "reason");
        foreach (var run in page.Items)
        {
            table.AddRow(
                Shown.Of(run.Name),
                run.State,
                run.Version is { } version ? $"v{version}" : "",
                run.Step is { } step ? $"{step}{(run.EndedAt is null && run.MaxSteps is { } most ? $"/{most}" : "")}" : "",
                Shown.Loss(run.ValidationLoss),
                Shown.Number(run.TrainingSeconds, "0.0"),
                Shown.Time(run.CreatedAt),
                Shown.Of(run.Reason));
        }

        if (page.Items.Count > 0)
            report.Show(table);
        report.Line(PageOptions.Rest(page, "runs"));
        report.Result(page);
        return 0;
    }
}
