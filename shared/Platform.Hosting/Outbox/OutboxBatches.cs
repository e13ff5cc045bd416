using Dapper;
using Npgsql;

namespace Platform.Hosting;

internal sealed record OutboxMessage(
    long Id,
    Guid MessageId,
    string MessageType,
    string Body,
    string? TraceParent,
    string? TraceState,
    int Attempts);

/// <summary>The SQL of the relay. A batch is locked by its transaction, so that several instances relay disjoint ones.</summary>
internal sealed class OutboxBatches(TimeProvider time)
{
    public async Task<IReadOnlyList<OutboxMessage>> Take(
        NpgsqlTransaction transaction, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT id, message_id, message_type, body::text AS body, trace_parent, trace_state, attempts
            FROM outbox
            WHERE parked IS NULL AND not_before <= @now
            ORDER BY id
            LIMIT @limit
            FOR UPDATE SKIP LOCKED
            """;

        var rows = await transaction.Connection!.QueryAsync<OutboxMessage>(new CommandDefinition(
            sql, new { limit, now = time.GetUtcNow().UtcDateTime }, transaction, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    public static async Task Delete(NpgsqlTransaction transaction, IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        const string sql = "DELETE FROM outbox WHERE id = ANY(@ids)";

        await transaction.Connection!.ExecuteAsync(
            new CommandDefinition(sql, new { ids = ids.ToArray() }, transaction, cancellationToken: cancellationToken));
    }

    public async Task Postpone(NpgsqlTransaction transaction, long id, TimeSpan delay, CancellationToken cancellationToken)
    {
        const string sql = "UPDATE outbox SET attempts = attempts + 1, not_before = @notBefore WHERE id = @id";

        await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            sql, new { id, notBefore = (time.GetUtcNow() + delay).UtcDateTime }, transaction, cancellationToken: cancellationToken));
    }

    public static async Task Park(NpgsqlTransaction transaction, long id, string reason, CancellationToken cancellationToken)
    {
        const string sql = "UPDATE outbox SET parked = @reason WHERE id = @id";

        await transaction.Connection!.ExecuteAsync(
            new CommandDefinition(sql, new { id, reason }, transaction, cancellationToken: cancellationToken));
    }
}
