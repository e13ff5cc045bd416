using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Registry.Shadows;

/// <summary>
/// Starts and ends shadows inside the caller's transaction, which holds the lock of the model's row: row, history and
/// <see cref="ShadowDeployed"/> all stand, or none.
/// </summary>
internal sealed class ShadowChanges(IOutbox outbox, TimeProvider time)
{
    /// <summary>Makes a version the live shadow; none of the model may be live.</summary>
    public async Task<Shadow> Start(
        NpgsqlConnection connection, NpgsqlTransaction transaction, ShadowStart start, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO shadow (model_id, version, devices, share, state, revision, started_at)
            VALUES (@ModelId, @Version, @devices, @Share, 'live', @revision, @now)
            RETURNING id
            """;

        var now = time.GetUtcNow().UtcDateTime;
        var revision = await NextRevision(connection, transaction, start.ModelId, cancellationToken);
        var values = new { start.ModelId, start.Version, devices = start.Devices.ToArray(), start.Share, revision, now };
        var id = await connection.QuerySingleAsync<long>(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
        await AddEvent(connection, transaction, id, revision, new(ShadowStates.Live, start.Actor, start.Reason), now, cancellationToken);
        return await Announce(connection, transaction, start.ModelId, cancellationToken);
    }

    /// <summary>Ends the live shadow of a model.</summary>
    /// <param name="announce">False when the next shadow follows in the same transaction: the message says which one is live.</param>
    public async Task<Shadow> End(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        Shadow live,
        ShadowChange end,
        CancellationToken cancellationToken,
        bool announce = true)
    {
        const string sql = "UPDATE shadow SET state = @State, revision = @revision WHERE id = @Id AND state = 'live'";

        var revision = await NextRevision(connection, transaction, live.ModelId, cancellationToken);
        var values = new { live.Id, end.State, revision };
        if (await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken)) != 1)
            throw new InvalidOperationException($"Shadow {live.Id} of {live.ModelId} ended although its model is locked.");
        await AddEvent(connection, transaction, live.Id, revision, end, time.GetUtcNow().UtcDateTime, cancellationToken);
        return announce ? await Announce(connection, transaction, live.ModelId, cancellationToken) : live;
    }

    /// <summary>Whichever way a version came to be served: as a shadow it has reached what it was there for.</summary>
    public async Task EndPromoted(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string modelId, int deployed, string actor, string reason, CancellationToken cancellationToken)
    {
        if (await ShadowStore.Last(connection, transaction, modelId, cancellationToken) is { State: ShadowStates.Live } live && live.Version == deployed)
            await End(connection, transaction, live, new(ShadowStates.Promoted, actor, reason), cancellationToken);
    }

    private async Task<Shadow> Announce(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string modelId, CancellationToken cancellationToken)
    {
        var shadow = (await ShadowStore.Last(connection, transaction, modelId, cancellationToken))!;
        await outbox.Enqueue(connection, transaction, shadow.ToMessage(), cancellationToken);
        return shadow;
    }

    private static Task<long> NextRevision(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string modelId, CancellationToken cancellationToken)
    {
        // Milliseconds, because replicas remember numbers that a database restored from a backup has forgotten: theirs are of before
        // now. A clock that jumps back does no harm, the number grows all the same.
        const string sql = """
            SELECT greatest(
                (SELECT max(revision) FROM shadow WHERE model_id = @modelId) + 1,
                (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
            """;

        return connection.QuerySingleAsync<long>(
            new CommandDefinition(sql, new { modelId }, transaction, cancellationToken: cancellationToken));
    }

    private static Task<int> AddEvent(
        NpgsqlConnection connection, NpgsqlTransaction transaction, long id, long revision, ShadowChange change, DateTime now, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO shadow_history (shadow_id, revision, state, at, actor, reason) VALUES (@id, @revision, @State, @now, @Actor, @Reason)
            """;

        var values = new { id, revision, change.State, now, change.Actor, change.Reason };
        return connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }
}

/// <summary>Which version is to be scored beside the champion for which devices, who wants it and why.</summary>
/// <param name="Share">Kept for people; the devices are what counts.</param>
internal sealed record ShadowStart(string ModelId, int Version, IReadOnlyList<string> Devices, double? Share, string Actor, string Reason);
