using Dapper;
using MassTransit;
using Npgsql;
using Platform.Contracts;

namespace Platform.Ingest;

/// <summary>Notes which false alarms a deployed model has learnt. Safe to redeliver and to come in any order: only a higher revision is kept.</summary>
internal sealed class KeepAbsorbedConsumer(NpgsqlDataSource dataSource) : IConsumer<FalseAlarmsAbsorbed>
{
    public async Task Consume(ConsumeContext<FalseAlarmsAbsorbed> context)
    {
        // In one order, so that two messages about the same recordings cannot lock each other out.
        const string sql = """
            UPDATE recording
            SET absorbed_by = @ModelId, absorbed_version = @Version, absorbed_revision = @Revision,
                absorbed_at = CASE WHEN @Absorbed THEN @changedAt END
            WHERE id IN (SELECT id FROM recording WHERE id = ANY (@recordings) ORDER BY id FOR UPDATE) AND absorbed_revision < @Revision
            """;

        var message = context.Message;
        var values = new
        {
            message.ModelId,
            message.Version,
            message.Revision,
            message.Absorbed,
            changedAt = message.ChangedAt.UtcDateTime,
            recordings = message.Recordings.ToArray(),
        };
        await using var connection = await dataSource.OpenConnectionAsync(context.CancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: context.CancellationToken));
    }
}
