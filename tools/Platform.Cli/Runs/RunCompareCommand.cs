using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Runs;

/// <summary><c>runs compare A B</c>: what differs between two runs, in what went in and in what came out.</summary>
internal static class RunCompareCommand
{
    public static Command Create(Option<bool> json)
    {
        var one = new Argument<string>("a") { Description = "Name or id of a run." };
        var other = new Argument<string>("b") { Description = "Name or id of another run." };
        var command = new Command("compare", "Compare two runs: parameters that differ, data, losses, version.") { one, other };
        command.SetAction((parse, cancellationToken) =>
            Run(parse.GetRequiredValue(one), parse.GetRequiredValue(other), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(string a, string b, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var runs = await Task.WhenAll(Compared(client, a, cancellationToken), Compared(client, b, cancellationToken));
        var (one, other) = (runs[0], runs[1]);

        var parameters = one.Run.Parameters.Keys.Union(other.Run.Parameters.Keys)
            .Select(name => new Difference(name, Value(one.Run, name), Value(other.Run, name)))
            .Where(difference => difference.A != difference.B)
            .ToList();
        var results = Results(one).Zip(Results(other), (left, right) => new Difference(left.Name, left.Value, right.Value)).ToList();

        var table = new Table().AddColumns(new TableColumn(""), new TableColumn(Shown.Of(one.Run.Name)), new TableColumn(Shown.Of(other.Run.Name)));
        foreach (var (name, left, right) in parameters)
            table.AddRow(Shown.Of(name), Shown.Of(left), Shown.Of(right));
        table.AddEmptyRow();
        foreach (var (name, left, right) in results.Where(result => result.A.Length > 0 || result.B.Length > 0))
            table.AddRow(name, Shown.Of(left), Shown.Of(right));
        report.Show(table.Caption(parameters.Count switch { 0 => "equal parameters", 1 => "1 parameter differs", var count => $"{count} parameters differ" }));
        report.Result(new { a = one.Run.Name, b = other.Run.Name, parameters, results });
        return 0;
    }

    private static async Task<ComparedRun> Compared(PlatformClient client, string name, CancellationToken cancellationToken)
    {
        var run = await client.GetRunDetail(name, cancellationToken);
        return new ComparedRun(run, run.Version is { } version ? await client.FindVersion(run.ModelId, version, cancellationToken) : null);
    }

    private static string Value(RunDetail run, string name) => run.Parameters.TryGetValue(name, out var value) ? value.ToString() : "";

    private static IEnumerable<(string Name, string Value)> Results(ComparedRun compared)
    {
        var (run, version) = compared;
        yield return ("model", run.ModelId);
        yield return ("state", run.State);
        yield return ("recordings", $"{run.Recordings}");
        yield return ("patches", $"{run.Patches}");
        yield return ("epochs", $"{run.Epochs}");
        yield return ("steps", $"{run.Steps}");
        yield return ("training loss", Shown.Loss(run.TrainingLoss));
        yield return ("validation loss", Shown.Loss(run.ValidationLoss));
        yield return ("best validation loss", Shown.Loss(run.Metrics.Min(epoch => epoch.ValidationLoss)));
        yield return ("training seconds", Shown.Number(run.TrainingSeconds, "0.0"));
        yield return ("version", version is null ? "" : $"v{version.Version} {version.State}");
        yield return ("error, dB²", Shown.Number(version?.NewErrorDb2));
        yield return ("champion's error, dB²", Shown.Number(version?.OldErrorDb2));
        yield return ("thresholds", version is null ? "" : string.Join(", ", version.Thresholds.Select(one => $"{one.Device} {one.Detector} {Shown.Loss(one.Value)}")));
    }

    private sealed record ComparedRun(RunDetail Run, ModelVersion? Version);

    private sealed record Difference(string Name, string A, string B);
}
