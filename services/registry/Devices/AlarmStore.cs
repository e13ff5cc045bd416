using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Registry.Devices;

/// <summary>Alarms as far as the overview counts them. Detected and cleared may arrive twice and in any order.</summary>
internal sealed class AlarmStore(NpgsqlDataSource dataSource)
{
    public async Task Keep(AnomalyDetected anomaly, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH kept AS (
                INSERT INTO alarm (alarm_id, device, model_id, version, opened_at)
                VALUES (@AlarmId, @Device, @ModelId, @Version, @detectedAt)
                ON CONFLICT (alarm_id) DO UPDATE SET opened_at = least(alarm.opened_at, excluded.opened_at)
            )
            INSERT INTO alarm_recording (alarm_id, recording_id, detected_at)
            VALUES (@AlarmId, @RecordingId, @detectedAt)
            ON CONFLICT DO NOTHING
            """;

        var values = new
        {
            anomaly.AlarmId,
            anomaly.Device,
            anomaly.ModelId,
            anomaly.Version,
            anomaly.RecordingId,
            detectedAt = anomaly.DetectedAt.UtcDateTime,
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
    }

    public async Task Keep(AnomalyCleared cleared, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO alarm (alarm_id, device, model_id, version, cleared_at)
            VALUES (@AlarmId, @Device, @ModelId, @Version, @clearedAt)
            ON CONFLICT (alarm_id) DO UPDATE SET cleared_at = coalesce(alarm.cleared_at, excluded.cleared_at)
            """;

        var values = new { cleared.AlarmId, cleared.Device, cleared.ModelId, cleared.Version, clearedAt = cleared.ClearedAt.UtcDateTime };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
    }
}
