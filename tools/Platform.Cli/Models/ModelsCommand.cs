using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Models;

/// <summary><c>models</c>: every model and which of its versions is served; <c>models show</c> looks closer.</summary>
internal static class ModelsCommand
{
    public static Command Create(Option<bool> json)
    {
        var device = new Option<string?>("--device") { Description = "Only models of which a version is for this device, alone or among others." };
        var prefix = new Option<string?>("--prefix") { Description = "Only models whose id begins so, e.g. site/S001_." };
        var mode = new Option<string?>("--mode") { Description = "Only these: device, machine_type, site or global." };
        mode.AcceptOnlyFromAmong("device", "machine_type", "site", "global");
        var page = new PageOptions("modelId", "createdAt", "changedAt");
        var command = new Command("models", "Show models and which version of each is served.") { device, prefix, mode };
        page.AddTo(command);
        command.SetAction((parse, cancellationToken) => Run(
            page.Query(parse, ("device", parse.GetValue(device)), ("prefix", parse.GetValue(prefix)), ("mode", parse.GetValue(mode))),
            new Report(parse.GetValue(json)),
            cancellationToken));
        command.Subcommands.Add(ModelShowCommand.Create(json));
        return command;
    }

    private static async Task<int> Run(string query, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var page = await client.GetModels(query, cancellationToken);
        var table = new Table().AddColumns("model", "versions", "served", "since", "previous", "changed");
        foreach (var model in page.Items)
        {
            table.AddRow(
                Shown.Of(model.ModelId),
                $"{model.LastVersion}",
                Shown.Of(model.Champion?.ToString()),
                Shown.Time(model.Champion?.DeployedAt),
                Shown.Of(model.Previous?.ToString()),
                Shown.Time(model.ChangedAt));
        }

        if (page is { Items.Count: 0, Total: 0 })
        {
            report.Line("There are no such models; ./platform train DEVICE makes one.");
        }
        else
        {
            report.Show(table);
            report.Line(PageOptions.Rest(page, "models"));
        }

        report.Result(page);
        return 0;
    }
}
