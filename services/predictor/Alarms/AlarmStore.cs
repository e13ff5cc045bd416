using Dapper;
using Npgsql;

namespace Platform.Predictor.Alarms;

/// <summary>Alarms and the state that opens and closes them; every statement belongs to the transaction that gives a score.</summary>
internal static class AlarmStore
{
    /// <summary>
    /// Locks a device until the transaction ends and returns the state of its alarm. Replicas that score recordings of one
    /// device take turns here, so an alarm is opened once.
    /// </summary>
    internal static async Task<AlarmState> Lock(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string device, CancellationToken cancellationToken)
    {
        // The update that changes nothing locks the row also when another transaction inserted it a moment ago.
        const string sql = """
            INSERT INTO alarm_state (device) VALUES (@device)
            ON CONFLICT (device) DO UPDATE SET device = excluded.device
            RETURNING last_recorded_at, alarm_id
            """;

        var row = await connection.QuerySingleAsync<StateRow>(
            new CommandDefinition(sql, new { device }, transaction, cancellationToken: cancellationToken));
        return new(row.LastRecordedAt, row.AlarmId);
    }

    /// <summary>Records what a recording did to the alarm; the caller holds the device's lock.</summary>
    internal static async Task Record(
        NpgsqlConnection connection, NpgsqlTransaction transaction, AlarmStep step, AlarmedRecording recording, CancellationToken cancellationToken)
    {
        switch (step.Change)
        {
            case AlarmChange.Late:
                return;
            case AlarmChange.Opened:
                await Open(connection, transaction, step.Alarm!.Value, recording, cancellationToken);
                break;
            case AlarmChange.Continued:
                await Continue(connection, transaction, step.Alarm!.Value, recording, cancellationToken);
                break;
            case AlarmChange.Cleared:
                await Close(connection, transaction, step.Alarm!.Value, recording, cancellationToken);
                break;
        }

        await Remember(connection, transaction, recording.Device, step.State, cancellationToken);
    }

    private static async Task Open(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Guid alarm, AlarmedRecording recording, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO alarm (id, device, model_id, version, opened_by, opened_at, last_recording_id, last_recorded_at)
            VALUES (@alarm, @Device, @ModelId, @Version, @RecordingId, @RecordedAt, @RecordingId, @RecordedAt)
            """;

        await connection.ExecuteAsync(
            new CommandDefinition(
                sql,
                new { alarm, recording.Device, recording.ModelId, recording.Version, recording.RecordingId, recording.RecordedAt },
                transaction,
                cancellationToken: cancellationToken));
    }

    private static async Task Continue(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Guid alarm, AlarmedRecording recording, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE alarm
            SET recordings = recordings + 1, last_recording_id = @RecordingId, last_recorded_at = @RecordedAt
            WHERE id = @alarm AND closed_at IS NULL
            """;

        var changed = await connection.ExecuteAsync(
            new CommandDefinition(
                sql, new { alarm, recording.RecordingId, recording.RecordedAt }, transaction, cancellationToken: cancellationToken));
        MustBeOpen(changed, alarm, recording.Device);
    }

    private static async Task Close(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Guid alarm, AlarmedRecording recording, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE alarm SET closed_by = @RecordingId, closed_at = @RecordedAt
            WHERE id = @alarm AND closed_at IS NULL
            """;

        var changed = await connection.ExecuteAsync(
            new CommandDefinition(
                sql, new { alarm, recording.RecordingId, recording.RecordedAt }, transaction, cancellationToken: cancellationToken));
        MustBeOpen(changed, alarm, recording.Device);
    }

    private static async Task Remember(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string device, AlarmState state, CancellationToken cancellationToken)
    {
        const string sql = "UPDATE alarm_state SET last_recorded_at = @lastRecordedAt, alarm_id = @OpenAlarm WHERE device = @device";

        await connection.ExecuteAsync(
            new CommandDefinition(
                sql,
                new { device, lastRecordedAt = state.LastRecordedAt?.UtcDateTime, state.OpenAlarm },
                transaction,
                cancellationToken: cancellationToken));
    }

    private static void MustBeOpen(int changed, Guid alarm, string device)
    {
        if (changed != 1)
            throw new InvalidOperationException($"Alarm {alarm} is open in the state of device {device}, but {changed} open rows carry its id.");
    }

    private sealed record StateRow(DateTime? LastRecordedAt, Guid? AlarmId);
}

/// <summary>The recording that changed an alarm, and the version that judged it.</summary>
internal sealed record AlarmedRecording(string Device, Guid RecordingId, string ModelId, int Version, DateTime RecordedAt);
