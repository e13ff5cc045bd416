using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Models;
using Platform.Cli.Output;
using Platform.Cli.State;
using Platform.Cli.Training;
using Spectre.Console;

namespace Platform.Cli.Importing;

/// <summary>
/// <c>import-model DIR</c>: models that were trained elsewhere become versions under the numbers that they had. Each is checked by itself; one that is
/// refused does not stop the others.
/// </summary>
internal static class ImportModelCommand
{
    public static Command Create(Option<bool> json)
    {
        var folder = new Argument<string>("dir") { Description = "Folder with ae_model.pth, global_scale.npy and thresholds/, or a tree {mode}/{scope}/…/{type}/vN/." };
        var model = new Option<string?>("--model") { Description = "Id of the model, when the folders do not say; or the code of a device." };
        var spec = new Option<string?>("--spec") { Description = "Feature spec that the models were trained under; that of the device if it is not given." };
        var deploy = new Option<bool>("--deploy") { Description = "Deploy the champion that versions.json names, or else the highest version." };
        var command = new Command("import-model", "Bring models that were trained elsewhere under the registry.") { folder, model, spec, deploy };
        command.SetAction((parse, cancellationToken) => Run(
            parse.GetRequiredValue(folder), parse.GetValue(model), parse.GetValue(spec), parse.GetValue(deploy), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(
        string root, string? model, string? spec, bool deploy, Report report, CancellationToken cancellationToken)
    {
        var found = ModelFolders.Below(root);
        if (model is not null && found.Folders.Select(folder => folder.ModelId).Distinct().Count() > 1)
            throw new PlatformException($"--model names one model, but there are several below {root}.");
        using var client = PlatformClient.Connect(Checkout.State);
        var uploads = new ModelUpload(client, spec);
        var results = new List<ImportResult>();
        using (var progress = report.Progress("Importing"))
        {
            // One after the other: the versions of a model belong in their order, and a model has one active run.
            foreach (var folder in found.Folders)
            {
                progress.Set(results.Count, found.Folders.Count, Checkout.Shown(folder.Path));
                results.Add(await Import(client, uploads, folder, model is null ? folder.ModelId : ModelName.IdOf(model), progress, cancellationToken));
            }
        }

        var deployed = deploy ? await Deploy(client, found, results, cancellationToken) : [];
        Show(found, results, deployed, report);
        report.Result(new { imported = results, deployed, missing = found.Missing });
        return results.All(result => result.Error is null) ? 0 : 1;
    }

    private static async Task<ImportResult> Import(
        PlatformClient client, ModelUpload uploads, ModelFolder folder, string? modelId, ProgressLine progress, CancellationToken cancellationToken)
    {
        try
        {
            var (started, known) = await uploads.Send(folder, modelId, cancellationToken);
            var run = (await RunWatch.UntilEnded(client, [started.Id.ToString()], progress, cancellationToken))[0];
            return run.State == "completed"
                ? new(folder.Path, run.ModelId, run.Version, known ? "there already" : "imported", null)
                : new(folder.Path, run.ModelId, null, run.State, run.Reason ?? "no reason given");
        }
        catch (PlatformException exception)
        {
            return new(folder.Path, modelId, folder.Version, "refused", exception.Message);
        }
    }

    private static async Task<IReadOnlyList<string>> Deploy(
        PlatformClient client, ModelFolders found, IEnumerable<ImportResult> results, CancellationToken cancellationToken)
    {
        var deployed = new List<string>();
        foreach (var model in results.Where(result => result is { Error: null, Version: not null }).GroupBy(result => result.ModelId!))
        {
            var listed = found.Listed.GetValueOrDefault(model.Key, VersionsFile.None);
            var champion = listed.Champion ?? model.Max(result => result.Version)!.Value;
            // What was served before is deployed before, so that the way back leads to it here as well.
            foreach (var version in new[] { listed.Previous, champion }.OfType<int>().Distinct())
            {
                if ((await client.FindPackages(model.Key, cancellationToken))?.Champion?.Version == version)
                    continue;
                await client.Deploy(model.Key, version, "Imported as what was served elsewhere.", cancellationToken);
                deployed.Add($"{model.Key} v{version}");
            }
        }

        return deployed;
    }

    private static void Show(ModelFolders found, IReadOnlyList<ImportResult> results, IReadOnlyList<string> deployed, Report report)
    {
        var table = new Table().AddColumns("folder", "model", "version", "", "reason");
        foreach (var result in results)
        {
            table.AddRow(
                Shown.Of(Checkout.Shown(result.Folder)), Shown.Of(result.ModelId), result.Version is { } version ? $"v{version}" : "", result.Outcome, Shown.Of(result.Error));
        }

        report.Show(table);
        foreach (var missing in found.Missing)
            report.Line($"{VersionsFile.Name} names {missing}, which is not there.");
        foreach (var version in deployed)
            report.Line($"deployed: {version}");
    }
}

/// <param name="Outcome"><c>imported | there already | refused</c>, or the state that its run ended in.</param>
internal sealed record ImportResult(string Folder, string? ModelId, int? Version, string Outcome, string? Error);
