using System.Text;
using System.Text.Json;
using Dapper;
using Npgsql;
using Platform.Hosting;

namespace Platform.Registry.Runs;

/// <summary>A run that was ended because nobody had reported about it.</summary>
internal sealed record SilentRun(Guid Id, string Name);

/// <summary>
/// Ends runs that end without a version. All updates are guarded: the first end of a run is its only one, and once a version
/// is reserved for it (<c>run.version</c>) only the registration or the watchdog ends it.
/// </summary>
internal sealed class RunEndings(NpgsqlDataSource dataSource, IObjectStore objects, TimeProvider time)
{
    /// <summary>False when the run has ended already, is being registered, or is unknown.</summary>
    public async Task<bool> TryEnd(Guid runId, string state, string reason, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE run
            SET state = @state, reason = @reason, ended_at = @now
            WHERE id = @runId AND state IN ('queued', 'preparing', 'running') AND version IS NULL
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(
            sql, new { runId, state, reason, now = time.GetUtcNow().UtcDateTime }, cancellationToken: cancellationToken)) == 1;
    }

    /// <summary>
    /// Fails the runs without a report for <see cref="RunOptions.RunTimeout"/>, or for <see cref="RunOptions.QueueTimeout"/> while they wait for a
    /// trainer or, as one of a batch, for their turn to be prepared, and rejects the version that one of them was about to become. Replicas end disjoint runs: a run locked by another one, or by its registration, is skipped.
    /// </summary>
    public async Task<IReadOnlyList<SilentRun>> FailSilent(RunOptions options, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH silent AS (
                UPDATE run
                SET state = 'failed', ended_at = @now,
                    reason = format('No progress for %s minutes; it was %s%s%s.', CASE WHEN phase = 'waiting' OR phase IS NULL AND batch_id IS NOT NULL THEN @queueMinutes ELSE @minutes END, state,
                        ' in phase ' || phase || coalesce(' at step ' || step, ''),
                        CASE WHEN host IS NOT NULL THEN ' on ' || host END)
                WHERE id IN (
                    SELECT id FROM run
                    WHERE state IN ('queued', 'preparing', 'running') 
                        AND progressed_at <= CASE WHEN phase = 'waiting' OR phase IS NULL AND batch_id IS NOT NULL THEN @waitingSince ELSE @silentSince END
                    ORDER BY id
                    FOR UPDATE SKIP LOCKED)
                RETURNING id, name, reason
            ), unpublished AS (
                UPDATE model_version
                SET state = 'rejected', accepted = false, reason = 'Its package was not published: ' || silent.reason
                FROM silent
                WHERE model_version.run_id = silent.id AND model_version.state = 'publishing'
                RETURNING model_version.model_id, model_version.version, model_version.reason
            ), history AS (
                INSERT INTO version_history (model_id, version, state, at, actor, reason)
                SELECT model_id, version, 'rejected', @now, 'watchdog', reason FROM unpublished
            )
            SELECT id, name FROM silent
            """;

        var now = time.GetUtcNow().UtcDateTime;
        var values = new
        {
            now,
            silentSince = now - options.RunTimeout,
            waitingSince = now - options.QueueTimeout,
            minutes = options.RunTimeout.TotalMinutes.ToString("0.##"),
            queueMinutes = options.QueueTimeout.TotalMinutes.ToString("0.##"),
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<SilentRun>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>Fails a run whose package can never be published, and rejects the version that was reserved for it.</summary>
    public async Task FailPublishing(Guid runId, string reason, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH failed AS (
                UPDATE run
                SET state = 'failed', reason = @reason, ended_at = @now
                WHERE id = @runId AND state IN ('queued', 'preparing', 'running')
                RETURNING id
            ), unpublished AS (
                UPDATE model_version
                SET state = 'rejected', accepted = false, reason = @reason
                FROM failed
                WHERE model_version.run_id = failed.id AND model_version.state = 'publishing'
                RETURNING model_version.model_id, model_version.version
            )
            INSERT INTO version_history (model_id, version, state, at, actor, reason)
            SELECT model_id, version, 'rejected', @now, 'registry', @reason FROM unpublished
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            sql, new { runId, reason, now = time.GetUtcNow().UtcDateTime }, cancellationToken: cancellationToken));
    }

    /// <summary>Tells whoever still works on the run to stop: trainers look for this object. Marking twice is harmless.</summary>
    public async Task MarkCancelled(string runName, string reason, CancellationToken cancellationToken)
    {
        var marker = JsonSerializer.Serialize(new { reason, at = time.GetUtcNow() }, JsonSerializerOptions.Web);
        await objects.TryCreate($"runs/{runName}/cancelled", Encoding.UTF8.GetBytes(marker), cancellationToken);
    }
}
