using Platform.Hosting;

namespace Platform.Registry.Retention;

/// <summary>
/// Goes once through all packages and all folders of runs, compares them with the rows a page at a time, and deletes what has had no owner for
/// longer than the grace. In memory stay one page and the names of the packages.
/// </summary>
internal sealed partial class StoreSweep(
    IObjectStore objects,
    PackageClaims packages,
    OrphanStore orphans,
    RunTrim runs,
    FolderRemoval removal,
    TimeProvider time,
    ILogger<StoreSweep> logger)
{
    private const int FoldersAtOnce = 1_000;

    // Each is asked for by name before it is reported, since a listing is older than the row that is compared with it.
    private const int MostMissing = 10_000;

    /// <param name="marked">What this sweep has marked, or in a dry run would have.</param>
    public async Task Sweep(
        RetentionPlan plan, RetentionResult result, IReadOnlySet<string> marked, CancellationToken cancellationToken)
    {
        var listedFrom = time.GetUtcNow().UtcDateTime;
        var pass = new Pass(plan, result, listedFrom, listedFrom - plan.Grace);
        var standing = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var page in StoredFolders.Packages(objects, cancellationToken).Chunk(FoldersAtOnce).WithCancellation(cancellationToken))
        {
            standing.UnionWith(page.Where(folder => folder.HasManifest).Select(folder => folder.Prefix));
            await SweepPackages(pass, page, marked, cancellationToken);
        }

        await foreach (var page in StoredFolders.Runs(objects, cancellationToken).Chunk(FoldersAtOnce).WithCancellation(cancellationToken))
            await SweepRuns(pass, page, cancellationToken);

        if (!plan.DryRun)
            await orphans.Forget(listedFrom, cancellationToken);
        await ReportMissing(result, standing, listedFrom, cancellationToken);
    }

    private async Task SweepPackages(Pass pass, StoredFolder[] page, IReadOnlySet<string> marked, CancellationToken cancellationToken)
    {
        var claims = await packages.Claims(page, cancellationToken);
        var ownerless = new List<StoredFolder>();
        foreach (var folder in page)
        {
            var claim = claims.GetValueOrDefault(folder.Prefix);
            if (marked.Contains(folder.Prefix))
                pass.Result.Marked.Add(folder);
            if (claim is { DeletedAt: { } deletedAt })
                (deletedAt <= pass.Before ? pass.Result.Swept : pass.Result.Waiting).Add(folder);
            else if (claim is not { Claimed: true })
                ownerless.Add(folder);
            else if (!marked.Contains(folder.Prefix))
                pass.Result.Kept.Add(folder);
        }

        await SweepOrphans(pass, ownerless, cancellationToken);
    }

    private async Task SweepRuns(Pass pass, StoredFolder[] page, CancellationToken cancellationToken)
    {
        var known = await runs.Known(page, cancellationToken);
        var due = page
            .Select(folder => (Folder: folder, Run: known.GetValueOrDefault(RunTrim.NameOf(folder))))
            .Where(one => one.Run is not null && RunTrim.Due(one.Folder, one.Run, pass.Before).Objects > 0);
        var options = new ParallelOptions { MaxDegreeOfParallelism = VersionSweep.DeletionsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(due, options, async (one, token) =>
        {
            var (count, bytes) = pass.Plan.DryRun
                ? RunTrim.Due(one.Folder, one.Run!, pass.Before)
                : await runs.Trim(one.Folder, one.Run!, pass.Before, token);
            pass.Result.Trimmed.Add(one.Folder.Prefix, count, bytes);
        });

        await SweepOrphans(pass, [.. page.Where(folder => !known.ContainsKey(RunTrim.NameOf(folder)))], cancellationToken);
    }

    private async Task SweepOrphans(Pass pass, List<StoredFolder> found, CancellationToken cancellationToken)
    {
        if (found.Count == 0)
            return;
        if (!pass.Plan.DryRun)
            await orphans.Note(found, pass.ListedFrom, cancellationToken);
        var firstSeen = await orphans.FirstSeen(found, cancellationToken);
        foreach (var folder in found)
        {
            if (!firstSeen.TryGetValue(folder.Prefix, out var since) || since > pass.Before)
            {
                pass.Result.Orphans.Add(folder);
                continue;
            }

            pass.Result.SweptOrphans.Add(folder);
            if (pass.Plan.DryRun)
                continue;
            await removal.Remove(folder.Prefix, cancellationToken);
            if (folder.ModelId is null)
                await objects.Delete(folder.Prefix, cancellationToken); // a key that stands for itself
            await orphans.Forget(folder.Prefix, cancellationToken);
            LogOrphanSwept(folder.Prefix, folder.Objects, folder.Bytes, since);
        }
    }

    private async Task ReportMissing(RetentionResult result, HashSet<string> standing, DateTime before, CancellationToken cancellationToken)
    {
        var suspects = new List<string>();
        await foreach (var prefix in packages.Claimed(before, cancellationToken))
        {
            if (suspects.Count < MostMissing && !standing.Contains(prefix))
                suspects.Add(prefix);
        }

        foreach (var prefix in suspects)
        {
            if (await objects.Find($"{prefix}/{Artifacts.ManifestName}", cancellationToken) is not null || !await packages.IsClaimed(prefix, cancellationToken))
                continue;
            result.Missing.Add(prefix, 0, 0);
            LogMissing(prefix);
        }
    }

    /// <param name="Before">Marks and orphans as old as this have had their grace.</param>
    private sealed record Pass(RetentionPlan Plan, RetentionResult Result, DateTime ListedFrom, DateTime Before);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Swept {Prefix}: no row has known its {Objects} objects ({Bytes} bytes) since {Since}")]
    private partial void LogOrphanSwept(string prefix, int objects, long bytes, DateTime since);

    [LoggerMessage(Level = LogLevel.Error, Message = "The package {Prefix} is missing in the store, although its version says that it stands there")]
    private partial void LogMissing(string prefix);
}
