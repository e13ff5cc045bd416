using Npgsql;

namespace Platform.Registry.Retention;

/// <summary>
/// Mark and sweep over all versions: rows are declared deleted, after a grace their packages are taken away, and with them what no row knows and
/// what ended runs no longer need. A crash anywhere leaves no row that claims a package that is gone; the next sweep goes on.
/// </summary>
internal sealed partial class RetentionSweep(
    NpgsqlDataSource dataSource,
    MarkStore marks,
    VersionSweep versions,
    StoreSweep store,
    ReportStore reports,
    ILogger<RetentionSweep> logger)
{
    /// <summary>Null when another sweep is at work, on whichever replica.</summary>
    public async Task<RetentionReport?> Run(RetentionPlan plan, CancellationToken cancellationToken)
    {
        await using var begun = await TryBegin(plan, cancellationToken);
        return begun is null ? null : await Execute(begun, cancellationToken);
    }

    /// <summary>Takes the lock and writes the report's first line; null when another sweep is at work.</summary>
    public async Task<BegunSweep?> TryBegin(RetentionPlan plan, CancellationToken cancellationToken)
    {
        if (await RetentionLock.TryTake(dataSource, cancellationToken) is not { } held)
            return null;
        try
        {
            return new BegunSweep(held, await reports.Begin(plan, cancellationToken));
        }
        catch
        {
            await held.DisposeAsync();
            throw;
        }
    }

    public async Task<RetentionReport> Execute(BegunSweep begun, CancellationToken cancellationToken)
    {
        var (id, plan) = (begun.Report.Id, begun.Report.Plan);
        var result = new RetentionResult();
        try
        {
            await Sweep(plan, result, cancellationToken);
            await reports.End(id, RetentionStates.Completed, null, result, cancellationToken);
            LogSwept(plan.DryRun, result.Marked.Count, result.Swept.Count, result.Swept.Bytes, result.SweptOrphans.Count, result.Trimmed.Bytes, result.Missing.Count);
        }
        catch (Exception exception)
        {
            // What was done until then stands and is reported.
            var (state, reason) = exception is OperationCanceledException ? (RetentionStates.Interrupted, "The service was stopped.") : (RetentionStates.Failed, exception.Message);
            await reports.End(id, state, reason, result, CancellationToken.None);
            throw;
        }

        return (await reports.Find(id, cancellationToken))!;
    }

    private async Task Sweep(RetentionPlan plan, RetentionResult result, CancellationToken cancellationToken)
    {
        // 1. Rows first: from here on nobody can deploy what is to go.
        var marked = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var version in marks.Mark(plan, cancellationToken))
            marked.Add($"models/{version.ModelId}/v{version.Version}");

        // 2. One look at the store, which counts everything; then the packages whose grace is over go.
        await store.Sweep(plan, result, marked, cancellationToken);
        if (!plan.DryRun)
            await versions.Sweep(plan, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Retention (dry run: {DryRun}): {Marked} versions marked, {Swept} swept ({Bytes} bytes), {Orphans} orphans swept, {Trimmed} bytes of runs, {Missing} packages missing")]
    private partial void LogSwept(bool dryRun, long marked, long swept, long bytes, long orphans, long trimmed, long missing);
}

/// <summary>A sweep that has the lock and is to be executed.</summary>
internal sealed class BegunSweep(RetentionLock held, RetentionReport report) : IAsyncDisposable
{
    public RetentionReport Report => report;

    public ValueTask DisposeAsync() => held.DisposeAsync();
}
