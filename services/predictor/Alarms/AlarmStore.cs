using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using Npgsql;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Alarms;

/// <summary>Alarms and the state that opens and closes them; every statement belongs to the transaction of whatever changes them.</summary>
internal static class AlarmStore
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>
    /// Locks a device until the transaction ends and returns the state of its alarm. Replicas that score recordings of one
    /// device take turns here, so an alarm is opened once; so do labels and people who close alarms.
    /// </summary>
    internal static async Task<LockedAlarm> Lock(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string device, CancellationToken cancellationToken)
    {
        // The update that changes nothing locks the row also when another transaction inserted it a moment ago.
        const string sql = """
            WITH locked AS (
                INSERT INTO alarm_state (device) VALUES (@device)
                ON CONFLICT (device) DO UPDATE SET device = excluded.device
                RETURNING device, last_recorded_at, alarm_id, recent, unsettled)
            SELECT last_recorded_at, alarm_id, recent::text AS recent, unsettled::text AS unsettled, open_after, of_last, clear_after, clear_below
            FROM locked LEFT JOIN alarm_rules USING (device)
            """;

        var row = await connection.QuerySingleAsync<StateRow>(
            new CommandDefinition(sql, new { device }, transaction, cancellationToken: cancellationToken));
        var now = new AlarmState(row.LastRecordedAt, row.AlarmId, JsonSerializer.Deserialize<Considered[]>(row.Recent, Json)!);
        var open = row.Unsettled is null ? null : JsonSerializer.Deserialize<StoredCourse>(row.Unsettled, Json);
        return new(
            open is null ? AlarmCourse.Of(now) : new AlarmCourse(now, open.Settled, open.Decided, open.Rules),
            new OwnRules(row.OpenAfter, row.OfLast, row.ClearAfter, row.ClearBelow));
    }

    /// <summary>Keeps the state that follows; the caller holds the device's lock.</summary>
    internal static async Task Remember(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string device, AlarmCourse course, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE alarm_state
            SET last_recorded_at = @lastRecordedAt, alarm_id = @OpenAlarm, recent = @recent::jsonb, unsettled = @unsettled::jsonb
            WHERE device = @device
            """;

        var state = course.Now;
        var recent = JsonSerializer.Serialize(state.Recent, Json);
        var unsettled = course.Unsettled.Count == 0
            ? null
            : JsonSerializer.Serialize(new StoredCourse(course.Settled, course.Rules!, course.Unsettled), Json);
        await connection.ExecuteAsync(
            new CommandDefinition(
                sql,
                new { device, lastRecordedAt = state.LastRecordedAt?.UtcDateTime, state.OpenAlarm, recent, unsettled },
                transaction,
                cancellationToken: cancellationToken));
    }

    internal static async Task Open(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Guid alarm, IReadOnlyList<Guid> evidence, AlarmedRecording recording,
        CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO alarm (id, device, model_id, version, opened_by, opened_at, last_recording_id, last_recorded_at, recordings, evidence)
            VALUES (@alarm, @Device, @ModelId, @Version, @RecordingId, @RecordedAt, @RecordingId, @RecordedAt, @recordings, @evidence)
            """;

        var row = new
        {
            alarm,
            recording.Device,
            recording.ModelId,
            recording.Version,
            recording.RecordingId,
            recording.RecordedAt,
            recordings = evidence.Count,
            evidence = evidence.ToArray(),
        };
        await connection.ExecuteAsync(new CommandDefinition(sql, row, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Says an alarm anew after its recordings' rows were revised.</summary>
    /// <param name="opener">The recording that opened it; null for one that is older than the revision, which keeps it.</param>
    /// <param name="continued">Further recordings of it; of an older one by how many there are more or fewer.</param>
    internal static async Task Restate(
        NpgsqlConnection connection, NpgsqlTransaction transaction, AlarmStretch alarm, AlarmedRecording? opener, int continued,
        CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE alarm
            SET opened_by = coalesce(@RecordingId, opened_by), opened_at = coalesce(@RecordedAt, opened_at),
                model_id = coalesce(@ModelId, model_id), version = coalesce(@Version, version),
                evidence = CASE WHEN @RecordingId::uuid IS NULL THEN evidence ELSE @evidence END,
                recordings = @continued + CASE WHEN @RecordingId::uuid IS NULL THEN recordings ELSE cardinality(@evidence) END,
                (last_recording_id, last_recorded_at) = (
                    SELECT recording_id, recorded_at FROM score WHERE alarm_id = @Id AND alarm_change IN ('opened', 'continued')
                    ORDER BY recorded_at DESC, recording_id DESC LIMIT 1)
            WHERE id = @Id
            """;

        var row = new
        {
            alarm.Id,
            opener?.RecordingId,
            opener?.RecordedAt,
            opener?.ModelId,
            opener?.Version,
            evidence = alarm.Evidence.ToArray(),
            continued,
        };
        await connection.ExecuteAsync(new CommandDefinition(sql, row, transaction, cancellationToken: cancellationToken));
    }

    internal static async Task Continue(
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

    /// <param name="closing">Why, by which recording or person, and when.</param>
    internal static async Task<ClosedAlarm> Close(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        Guid alarm,
        string device,
        AlarmClosing closing,
        CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE alarm
            SET closed_at = @ClosedAt, close_reason = @Reason, closed_by = @RecordingId, closed_by_person = @Person, close_note = @Note
            WHERE id = @alarm AND closed_at IS NULL
            RETURNING model_id, version, last_recording_id
            """;

        var row = new { alarm, closing.ClosedAt, closing.Reason, closing.RecordingId, closing.Person, closing.Note };
        var closed = await connection.QuerySingleOrDefaultAsync<ClosedAlarm>(
            new CommandDefinition(sql, row, transaction, cancellationToken: cancellationToken));
        MustBeOpen(closed is null ? 0 : 1, alarm, device);
        return closed!;
    }

    private static void MustBeOpen(int changed, Guid alarm, string device)
    {
        if (changed != 1)
            throw new InvalidOperationException(
                $"Alarm {alarm} is open in the state of device {device}, but {changed} open rows carry its id.");
    }

    private sealed record StateRow(
        DateTime? LastRecordedAt, Guid? AlarmId, string Recent, string? Unsettled, int? OpenAfter, int? OfLast, int? ClearAfter, double? ClearBelow);

    private sealed record StoredCourse(AlarmState Settled, WindowRules Rules, IReadOnlyList<Decided> Decided);
}

/// <summary>The course of a device that is locked until the end of the transaction, and what its own rules say.</summary>
internal sealed record LockedAlarm(AlarmCourse Course, OwnRules Rules);

/// <summary>The recording that changed an alarm, and the version that judged it.</summary>
internal sealed record AlarmedRecording(string Device, Guid RecordingId, string ModelId, int Version, DateTime RecordedAt)
{
    internal static AlarmedRecording Of(ScoredRecording scored) => new(
        scored.Features.Device, scored.Features.RecordingId, scored.ModelId, scored.Version, scored.Features.RecordedAt.UtcDateTime);
}

/// <param name="Reason">See <see cref="Contracts.AlarmEnds"/>.</param>
/// <param name="RecordingId">The quiet one, or the one whose label closed it; null when a person did.</param>
internal sealed record AlarmClosing(string Reason, DateTime ClosedAt, Guid? RecordingId, string? Person = null, string? Note = null);

internal sealed record ClosedAlarm(string ModelId, int Version, Guid LastRecordingId);
