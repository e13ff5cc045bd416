using System.CommandLine;
using System.Globalization;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Training;

/// <summary><c>models</c>: every model with its versions and which of them is served.</summary>
internal static class ModelsCommand
{
    public static Command Create(Option<bool> json)
    {
        var command = new Command("models", "Show models, versions and what is deployed.");
        command.SetAction((parse, cancellationToken) => Run(new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var models = new List<Model>();
        foreach (var listed in await client.GetModels(cancellationToken))
        {
            if (await client.FindModel(listed.ModelId, cancellationToken) is { } model)
                models.Add(model);
        }

        if (models.Count == 0)
            report.Line("There are no models yet; ./platform train DEVICE makes one.");
        else
            report.Show(Table(models));
        report.Result(new { models });
        return 0;
    }

    private static Table Table(IEnumerable<Model> models)
    {
        var table = new Table().AddColumns("model", "version", "state", "served", "thresholds", "created");
        foreach (var model in models)
        {
            foreach (var version in model.Versions.OrderBy(version => version.Version))
            {
                var thresholds = version.Thresholds.Select(threshold => string.Create(CultureInfo.InvariantCulture, $"{threshold.Detector} {threshold.Value:0.00000}"));
                table.AddRow(
                    Markup.Escape(model.ModelId),
                    $"v{version.Version}{(version.Label is { } label ? $" ({label})" : "")}",
                    version.State,
                    version.Version == model.Champion?.Version ? "yes" : version.Version == model.Previous?.Version ? "previous" : "",
                    Markup.Escape(string.Join(", ", thresholds)),
                    version.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            }
        }

        return table;
    }
}
