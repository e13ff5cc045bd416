using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Registry.Alerts;

/// <summary>
/// Raises an alert together with what caused it, in the same transaction. Two replicas that see the same thing raise it once: the second one
/// waits for the first one's transaction at the unique key.
/// </summary>
internal sealed class RaiseAlert(IOutbox outbox, TimeProvider time)
{
    /// <summary>False when it was raised before.</summary>
    public async Task<bool> Raise(
        NpgsqlConnection connection, NpgsqlTransaction transaction, NewAlert alert, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO alert (kind, subject, model_id, version, deployment, batch_id, message, raised_at)
            VALUES (@Kind, @Subject, @ModelId, @Version, @Deployment, @BatchId, @Message, @now)
            ON CONFLICT (kind, subject) DO NOTHING
            RETURNING id
            """;

        var now = time.GetUtcNow();
        var values = new DynamicParameters(alert);
        values.Add("now", now.UtcDateTime);
        var id = await connection.QuerySingleOrDefaultAsync<long?>(
            new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
        if (id is null)
            return false;

        var raised = new AlertRaised(
            id.Value, alert.Kind, alert.Subject, alert.ModelId, alert.Version, alert.Deployment, alert.BatchId, alert.Message, now);
        await outbox.Enqueue(connection, transaction, raised, cancellationToken);
        return true;
    }
}
