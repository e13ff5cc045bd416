using Dapper;
using MassTransit;
using Npgsql;
using Platform.Contracts;

namespace Platform.Features.Devices;

/// <summary>Notes which version of a model drifted for a device. Safe to redeliver: an earlier drift never replaces a later one.</summary>
internal sealed class KeepDriftConsumer(NpgsqlDataSource dataSource) : IConsumer<DriftDetected>
{
    public async Task Consume(ConsumeContext<DriftDetected> context)
    {
        const string sql = """
            INSERT INTO drift (device, model_id, version, detected_at)
            VALUES (@Device, @ModelId, @Version, @detectedAt)
            ON CONFLICT (device, model_id) DO UPDATE
            SET version = excluded.version, detected_at = excluded.detected_at
            WHERE drift.detected_at < excluded.detected_at
            """;

        var drift = context.Message;
        var values = new { drift.Device, drift.ModelId, drift.Version, detectedAt = drift.DetectedAt.UtcDateTime };
        await using var connection = await dataSource.OpenConnectionAsync(context.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(context.CancellationToken);
        if (await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: context.CancellationToken)) == 1)
            await DeviceStore.MarkChanged(transaction, [drift.Device], context.CancellationToken);
        await transaction.CommitAsync(context.CancellationToken);
    }
}
