using Dapper;
using Npgsql;

namespace Platform.Registry.Schedules;

/// <summary>
/// Fires schedules, each firing once: it is noted first, under an id made of schedule and time, and what it does is committed together with its end.
/// Whoever finds one that was begun and not ended carries it out, unless somebody is at it: that one holds a lock that ends with its process.
/// </summary>
internal sealed partial class FireSchedule(
    NpgsqlDataSource dataSource,
    FiringStore firings,
    ScheduledTraining training,
    IEnumerable<IScheduledTask> tasks,
    ILogger<FireSchedule> logger)
{
    // A firing that fails this often will fail the next time too; the schedule's own next time is a new one.
    private const int MostAttempts = 5;

    /// <returns>False when there is no such schedule, or it is switched off.</returns>
    public async Task<bool> Fire(Guid batchId, string schedule, string cause, DateTimeOffset scheduledAt, CancellationToken cancellationToken)
    {
        if (!await firings.Open(batchId, schedule, cause, scheduledAt, cancellationToken))
            return false;
        await CarryOut(batchId, cancellationToken);
        return true;
    }

    public bool CanDo(string kind) => ScheduleKinds.OfTraining.Contains(kind) || tasks.Any(task => task.Kind == kind);

    public IEnumerable<string> Kinds => ScheduleKinds.OfTraining.Concat(tasks.Select(task => task.Kind));

    /// <summary>Goes on with what another process, or this one before it failed, has left.</summary>
    public async Task FinishUnfinished(CancellationToken cancellationToken)
    {
        foreach (var batchId in await firings.Unfinished(cancellationToken))
            await CarryOut(batchId, cancellationToken);
    }

    private async Task CarryOut(Guid batchId, CancellationToken cancellationToken)
    {
        await using var held = await dataSource.OpenConnectionAsync(cancellationToken);
        if (!await TryLock(held, batchId, cancellationToken))
            return;
        try
        {
            if (await firings.Attempt(batchId, cancellationToken) is { } firing)
                await CarryOut(firing, cancellationToken);
        }
        finally
        {
            await Unlock(held, batchId);
        }
    }

    private async Task CarryOut(Firing firing, CancellationToken cancellationToken)
    {
        LogFires(firing.Schedule, firing.BatchId, firing.ScheduledAt, firing.Attempts);
        try
        {
            var kind = firing.Definition.Kind;
            if (ScheduleKinds.OfTraining.Contains(kind))
                await training.Start(firing, cancellationToken);
            else if (tasks.FirstOrDefault(task => task.Kind == kind) is { } task)
                await Do(task, firing, cancellationToken);
            else
                await firings.Fail(firing.BatchId, $"Nothing here does '{kind}'; known are {string.Join(", ", Kinds)}.", forGood: true, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The next look at what is unfinished is the retry; here, because a schedule that fails must not end the others.
            LogFailed(exception, firing.Schedule, firing.BatchId, firing.Attempts, MostAttempts);
            await firings.Fail(firing.BatchId, exception.Message, firing.Attempts >= MostAttempts, cancellationToken);
        }
    }

    private async Task Do(IScheduledTask task, Firing firing, CancellationToken cancellationToken)
    {
        var result = await task.Run(firing.BatchId, cancellationToken);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await firings.Complete(connection, transaction, firing.BatchId, startedRuns: null, skipped: null, result, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static Task<bool> TryLock(NpgsqlConnection connection, Guid batchId, CancellationToken cancellationToken)
    {
        const string sql = "SELECT pg_try_advisory_lock(hashtextextended('firing ' || @batchId::text, 0))";

        return connection.QuerySingleAsync<bool>(new CommandDefinition(sql, new { batchId }, cancellationToken: cancellationToken));
    }

    private static async Task Unlock(NpgsqlConnection connection, Guid batchId)
    {
        const string sql = "SELECT pg_advisory_unlock(hashtextextended('firing ' || @batchId::text, 0))";

        // A connection that broke has lost its lock with it.
        if (connection.FullState == System.Data.ConnectionState.Open)
            await connection.ExecuteAsync(new CommandDefinition(sql, new { batchId }));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Schedule {Schedule} fires for {ScheduledAt} as batch {BatchId}, attempt {Attempt}")]
    private partial void LogFires(string schedule, Guid batchId, DateTime scheduledAt, int attempt);

    [LoggerMessage(Level = LogLevel.Error, Message = "Schedule {Schedule}, batch {BatchId}: attempt {Attempt} of {Most} failed")]
    private partial void LogFailed(Exception exception, string schedule, Guid batchId, int attempt, int most);
}
