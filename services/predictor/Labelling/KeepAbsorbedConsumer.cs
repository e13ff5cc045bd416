using Dapper;
using MassTransit;
using Npgsql;
using Platform.Contracts;

namespace Platform.Predictor.Labelling;

/// <summary>Notes which false alarms a deployed model has learnt, for who reviews alarms. Safe to redeliver and to come in any order.</summary>
internal sealed class KeepAbsorbedConsumer(NpgsqlDataSource dataSource) : IConsumer<FalseAlarmsAbsorbed>
{
    public async Task Consume(ConsumeContext<FalseAlarmsAbsorbed> context)
    {
        const string sql = """
            INSERT INTO absorption (recording_id, model_id, version, revision, changed_at)
            SELECT recording_id, @ModelId, @Version, @Revision, @changedAt FROM unnest(@recordings) AS recording_id ORDER BY recording_id
            ON CONFLICT (recording_id) DO UPDATE
            SET model_id = excluded.model_id, version = excluded.version, revision = excluded.revision, changed_at = excluded.changed_at
            WHERE absorption.revision < excluded.revision
            """;

        var message = context.Message;
        var values = new
        {
            message.ModelId,
            message.Version,
            message.Revision,
            changedAt = message.ChangedAt.UtcDateTime,
            recordings = message.Recordings.ToArray(),
        };
        await using var connection = await dataSource.OpenConnectionAsync(context.CancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: context.CancellationToken));
    }
}
