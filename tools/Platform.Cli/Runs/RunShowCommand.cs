using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Runs;

/// <summary><c>runs show NAME</c>: one run with its parameters, the course of its training and its files.</summary>
internal static class RunShowCommand
{
    private const int EpochsShown = 12;

    public static Command Create(Option<bool> json)
    {
        var name = new Argument<string>("run") { Description = "Name or id of the run." };
        var command = new Command("show", "Show a run: parameters, metrics by epoch, files with their sizes.") { name };
        command.SetAction((parse, cancellationToken) => Run(parse.GetRequiredValue(name), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(string name, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var run = await client.GetRunDetail(name, cancellationToken);
        var files = await client.GetRunFiles(run.Id, cancellationToken);

        report.Show(About(run));
        report.Show(Parameters(run));
        if (run.Metrics.Count > 0)
            report.Show(Epochs(run.Metrics));
        if (files.Count > 0)
            report.Show(Files(files));
        report.Result(new { run, files });
        return 0;
    }

    private static Table About(RunDetail run)
    {
        var table = new Table().HideHeaders().AddColumns("field", "value");
        (string Field, string Value)[] rows =
        [
            ("run", run.Name),
            ("id", run.Id.ToString()),
            ("batch", run.BatchId?.ToString() ?? ""),
            ("wanted by", run.Origin ?? ""),
            ("model", run.ModelId),
            ("devices", string.Join(", ", run.Devices)),
            ("state", $"{run.State}{(run.Phase is { } phase && run.EndedAt is null ? $", {phase}" : "")}{(run.Reason is { Length: > 0 } reason ? $": {reason}" : "")}"),
            ("version", run.Version is { } version ? $"v{version}" : ""),
            ("compared with", run.ChampionVersion is { } champion ? $"v{champion}" : ""),
            ("data", run.Recordings is { } recordings ? $"{Shown.Count(recordings, "recording")}, {Shown.Count(run.Patches ?? 0, "patch", "patches")}" : ""),
            ("steps", run.Steps is { } steps ? $"{steps} in {Shown.Count(run.Epochs ?? 0, "epoch")}" : run.Step is { } step ? $"{step} of {run.MaxSteps}" : ""),
            ("training loss", Shown.Loss(run.TrainingLoss)),
            ("validation loss", Shown.Loss(run.ValidationLoss)),
            ("training took", run.TrainingSeconds is { } seconds ? $"{Shown.Number(seconds, "0.0")} s{(run.Host is { } host ? $" on {host}" : "")}" : ""),
            ("created", Shown.Time(run.CreatedAt)),
            ("started", Shown.Time(run.StartedAt)),
            ("ended", Shown.Time(run.EndedAt)),
        ];
        foreach (var (field, value) in rows.Where(row => row.Value.Length > 0))
            table.AddRow(field, Shown.Of(value));
        return table;
    }

    private static Table Parameters(RunDetail run)
    {
        var table = new Table().AddColumns("parameter", "value", "said by");
        foreach (var (name, value) in run.Parameters)
            table.AddRow(Shown.Of(name), Shown.Of(value.ToString()), Shown.Of(run.ParameterSources?.GetValueOrDefault(name)?.ToString()));
        return table;
    }

    /// <summary>Evenly spaced ones of many, the first and the last among them.</summary>
    private static Table Epochs(IReadOnlyList<RunEpoch> epochs)
    {
        var shown = epochs.Count <= EpochsShown
            ? epochs
            : [.. Enumerable.Range(0, EpochsShown).Select(number => epochs[number * (epochs.Count - 1) / (EpochsShown - 1)])];
        var table = new Table().AddColumns("epoch", "step", "training loss", "validation loss", "patches/s");
        foreach (var epoch in shown)
            table.AddRow($"{epoch.Epoch}", $"{epoch.Step}", Shown.Loss(epoch.TrainingLoss), Shown.Loss(epoch.ValidationLoss), Shown.Number(epoch.PatchesPerSecond, "0"));
        if (shown.Count < epochs.Count)
            table.Caption($"{shown.Count} of {Shown.Count(epochs.Count, "epoch")}");
        return table;
    }

    private static Table Files(List<RunFile> files)
    {
        var table = new Table().AddColumns(new TableColumn("file"), new TableColumn("size").RightAligned(), new TableColumn("written"));
        foreach (var file in files)
            table.AddRow(Shown.Of(file.Path), Shown.Size(file.Size), Shown.Time(file.ModifiedAt));
        return table.Caption($"{Shown.Count(files.Count, "file")}, {Shown.Size(files.Sum(file => file.Size))}");
    }
}
