using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Recordings;

/// <summary>
/// <c>import DIR</c>: archives every recording below DIR/{device}/ and waits for their features, so that <c>train</c> may follow at once.
/// A folder named <c>normal</c> or <c>anomaly…</c> above a file labels it.
/// Files that the platform refuses are reported and do not stop the others.
/// </summary>
internal static class ImportCommand
{
    public static Command Create(Option<bool> json)
    {
        var folder = new Argument<string>("dir") { Description = "Folder with one folder per device." };
        var label = new Option<string?>("--label") { Description = "Label for all, instead of what the folders' names say." };
        label.AcceptOnlyFromAmong(Labels.Unlabelled, Labels.Normal, Labels.VerifiedNormal, Labels.Anomalous);
        var command = new Command("import", "Archive the recordings in DIR/{device}/.") { folder, label };
        command.SetAction((parse, cancellationToken) =>
            Run(parse.GetRequiredValue(folder), parse.GetValue(label), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(string folder, string? label, Report report, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
            throw new PlatformException($"{folder} is not a folder.");
        var uploads = Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
            .SelectMany(device => AudioFiles.Below(device).Select(file =>
                new Upload(Path.GetFileName(device), file, label ?? LabelOf(Path.GetRelativePath(device, file)))))
            .ToList();
        if (uploads.Count == 0)
            throw new PlatformException($"There is no recording below {folder}/{{device}}/ ({AudioFiles.Extensions}).");

        using var client = PlatformClient.Connect(Checkout.State);
        var targets = new Dictionary<string, int>();
        foreach (var device in uploads.Select(upload => upload.Device).Distinct())
            targets[device] = await FeatureWait.Done(client, device, spec: null, cancellationToken);

        IReadOnlyList<UploadResult> results;
        using (var progress = report.Progress("Importing"))
            results = await Uploading.All(client, uploads, progress, cancellationToken);

        var refused = results.Where(result => result.Id is null).ToList();
        foreach (var result in refused)
            report.Line($"refused: {result.Upload.File}: {result.Error}");
        var known = results.Count(result => result.Known);
        var archived = results.Count - refused.Count - known;
        report.Line($"{archived} archived, {known} there already, {refused.Count} refused");

        // Two files with the same bytes are one recording.
        foreach (var added in results.Where(result => result is { Error: null, Known: false }).DistinctBy(result => result.Id))
            targets[added.Upload.Device]++;
        using (var progress = report.Progress("Features"))
            await FeatureWait.Until(client, targets, spec: null, progress, cancellationToken);

        // What a decoder says comes after what the first bytes say.
        var unreadable = await UnusableRecordings.Among(client, results, "quarantined", cancellationToken);
        foreach (var (upload, recording) in unreadable)
            report.Line($"unreadable: {upload.Upload.File}: {recording.Reason}: {recording.Detail}");
        var tooShort = (await UnusableRecordings.Among(client, results, "too_short", cancellationToken)).Count;
        if (tooShort > 0)
            report.Line($"{tooShort} shorter than one window: they stay archived, and are used once their device has a spec with a shorter one");

        report.Result(new
        {
            archived,
            known,
            tooShort,
            refused = refused.Select(result => new { result.Upload.File, result.Error }),
            unreadable = unreadable.Select(found => new { found.Upload.Upload.File, found.Recording.Reason, found.Recording.Detail }),
        });
        return refused.Count + unreadable.Count == 0 ? 0 : 1;
    }

    internal static string LabelOf(string path)
    {
        var folders = (Path.GetDirectoryName(path) ?? "").Split(Path.DirectorySeparatorChar);
        if (folders.Any(folder => folder.StartsWith("anomal", StringComparison.OrdinalIgnoreCase)))
            return Labels.Anomalous;
        return folders.Any(folder => folder.Equals("normal", StringComparison.OrdinalIgnoreCase)) ? Labels.Normal : Labels.Unlabelled;
    }
}
