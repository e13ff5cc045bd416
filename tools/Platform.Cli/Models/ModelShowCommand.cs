using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Models;

/// <summary><c>models show MODEL</c>: the versions of a model, and what happened to each, by whom and why.</summary>
internal static class ModelShowCommand
{
    public static Command Create(Option<bool> json)
    {
        var name = new Argument<string>("model") { Description = "Id of the model, or the code of a device for its own model." };
        var command = new Command("show", "Show the versions of a model and their history.") { name };
        command.SetAction((parse, cancellationToken) => Run(parse.GetRequiredValue(name), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(string name, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var modelId = ModelName.IdOf(name);
        var model = await client.FindModel(modelId, cancellationToken)
            ?? throw new PlatformException($"there is no model '{modelId}'; ./platform models lists them.");

        report.Line(model.ModelId);
        report.Show(Versions(model));
        report.Show(History(model));
        report.Result(model);
        return 0;
    }

    private static Table Versions(Model model)
    {
        var table = new Table().AddColumns("version", "state", "served", "thresholds", "error, dB²", "created");
        foreach (var version in model.Versions.OrderBy(version => version.Version))
        {
            table.AddRow(
                Shown.Of($"v{version.Version}{(version.Label is { } label ? $" ({label})" : "")}"),
                version.State,
                version.Version == model.Champion?.Version ? "yes" : version.Version == model.Previous?.Version ? "previous" : "",
                Shown.Of(string.Join(", ", version.Thresholds.Select(threshold => $"{threshold.Device} {threshold.Detector} {Shown.Number(threshold.Value, "0.00000")}"))),
                Shown.Number(version.NewErrorDb2),
                Shown.Time(version.CreatedAt));
        }

        return table;
    }

    private static Table History(Model model)
    {
        var table = new Table().AddColumns("at", "version", "became", "by", "because");
        foreach (var happened in model.History)
            table.AddRow(Shown.Time(happened.At), $"v{happened.Version}", happened.State, Shown.Of(happened.Actor), Shown.Of(happened.Reason));
        return table;
    }
}
