using System.Text.Json;
using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Predictor.Alarms;

/// <summary>Alarms as people read them.</summary>
internal sealed class AlarmReader(NpgsqlDataSource dataSource)
{
    internal async Task<IReadOnlyList<Alarm>> List(
        string? device, bool? open, Guid? after, int limit, CancellationToken cancellationToken)
    {
        const string sql = $"""
            SELECT {Alarm.Columns}
            FROM alarm
            WHERE (@device::text IS NULL OR device = @device) AND (@open::boolean IS NULL OR (closed_at IS NULL) = @open)
              AND (@after::uuid IS NULL OR (opened_at, id) < (SELECT opened_at, id FROM alarm WHERE id = @after))
            ORDER BY opened_at DESC, id DESC
            LIMIT @limit
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Alarm>(
            new CommandDefinition(sql, new { device, open, after, limit }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>Alarms whose id lies between two; no more than two of them.</summary>
    internal async Task<IReadOnlyList<Alarm>> Find(Guid first, Guid last, CancellationToken cancellationToken)
    {
        const string sql = $"SELECT {Alarm.Columns} FROM alarm WHERE id BETWEEN @first AND @last ORDER BY id LIMIT 2";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Alarm>(
            new CommandDefinition(sql, new { first, last }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>What opened the alarm and what came after, oldest first: the first and the latest of them, up to so many each.</summary>
    internal async Task<IReadOnlyList<AlarmedScore>> Recordings(Alarm alarm, int limit, CancellationToken cancellationToken)
    {
        const string sql = $"""
            WITH concerned AS (
                SELECT recording_id FROM score WHERE recording_id = ANY (@Evidence)
                UNION (SELECT recording_id FROM score WHERE alarm_id = @Id ORDER BY recorded_at LIMIT @limit)
                UNION (SELECT recording_id FROM score WHERE alarm_id = @Id ORDER BY recorded_at DESC LIMIT @limit))
            {AlarmedScore.FromConcerned}
            ORDER BY recorded_at, scored_at
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            sql, new { alarm.Id, Evidence = alarm.Evidence.ToArray(), limit }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.Shown())];
    }

    /// <summary>As the other one, page by page and all of them.</summary>
    /// <param name="after">The last one of the page before.</param>
    internal async Task<IReadOnlyList<AlarmedScore>> Page(Alarm alarm, Guid? after, int limit, CancellationToken cancellationToken)
    {
        const string sql = $"""
            WITH everything AS (
                SELECT recording_id, recorded_at FROM score WHERE recording_id = ANY (@Evidence)
                UNION SELECT recording_id, recorded_at FROM score WHERE alarm_id = @Id),
            concerned AS (
                SELECT recording_id FROM everything
                WHERE @after::uuid IS NULL OR (recorded_at, recording_id) > (SELECT recorded_at, recording_id FROM everything WHERE recording_id = @after)
                ORDER BY recorded_at, recording_id LIMIT @limit)
            {AlarmedScore.FromConcerned}
            ORDER BY recorded_at, recording_id
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            sql, new { alarm.Id, Evidence = alarm.Evidence.ToArray(), after, limit }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.Shown())];
    }

    private sealed record Row(
        Guid RecordingId, string ModelId, int Version, long Deployment, string Detector, double Score, double Threshold, string Verdict,
        string Detectors, string AlarmChange, bool Evidence, string AudioSha256, DateTime RecordedAt, DateTime ScoredAt,
        string? Label, string? LabelledBy, DateTime? LabelledAt, string? AbsorbedBy, int? AbsorbedVersion, DateTime? AbsorbedAt)
    {
        internal AlarmedScore Shown() => new(
            RecordingId, RecordedAt, ScoredAt, AlarmChange, Evidence, Verdict, Score, Threshold, Detector,
            JsonSerializer.Deserialize<DetectorScore[]>(Detectors, JsonSerializerOptions.Web)!,
            ModelId, Version, Deployment, AudioSha256, Label, LabelledBy, LabelledAt,
            AbsorbedBy is null ? null : new(AbsorbedBy, AbsorbedVersion!.Value, AbsorbedAt!.Value));
    }
}

/// <param name="Recordings">Anomalous ones, those that opened it among them.</param>
/// <param name="ClosedBy">The recording that closed it, or whose label did.</param>
/// <param name="CloseReason">See <see cref="AlarmEnds"/>; null while it is open.</param>
/// <param name="LabelledNormal">Of its anomalous recordings, those that people call normal.</param>
internal sealed record Alarm(
    Guid Id,
    string Device,
    string ModelId,
    int Version,
    bool Open,
    Guid OpenedBy,
    DateTime OpenedAt,
    Guid LastRecordingId,
    DateTime LastRecordedAt,
    int Recordings,
    Guid? ClosedBy,
    DateTime? ClosedAt,
    string? CloseReason,
    string? ClosedByPerson,
    string? CloseNote,
    int LabelledNormal,
    int LabelledAnomalous,
    Guid[] Evidence)
{
    internal const string Columns = """
        id, device, model_id, version, closed_at IS NULL AS open, opened_by, opened_at, last_recording_id, last_recorded_at,
        recordings, closed_by, closed_at, close_reason, closed_by_person, close_note, labelled_normal, labelled_anomalous, evidence
        """;

    /// <summary>What people found: <c>confirmed | false_alarm</c>; null as long as they have not heard all of it.</summary>
    public string? Outcome => this switch
    {
        { LabelledAnomalous: > 0 } => "confirmed",
        { LabelledNormal: var normal } when normal >= Recordings => "false_alarm",
        _ => null,
    };
}

/// <param name="Absorbed">By the deployed version that has learnt this false alarm; null as long as none has.</param>
internal sealed record AlarmedScore(
    Guid RecordingId, DateTime RecordedAt, DateTime ScoredAt, string AlarmChange, bool Evidence, string Verdict, double Score, double Threshold,
    string Detector, IReadOnlyList<DetectorScore> Detectors, string ModelId, int Version, long Deployment, string AudioSha256,
    string? Label, string? LabelledBy, DateTime? LabelledAt, Absorbed? Absorbed)
{
    internal const string FromConcerned = """
        SELECT recording_id, model_id, version, deployment, detector, score, threshold, verdict, detectors::text AS detectors, alarm_change,
               recording_id = ANY (@Evidence) AS evidence, audio_sha256, recorded_at, scored_at,
               label, labelled_by, labelled_at, absorbed_by, absorbed_version, absorbed_at
        FROM concerned
        JOIN score USING (recording_id)
        LEFT JOIN recording_label USING (recording_id)
        LEFT JOIN (SELECT recording_id, model_id AS absorbed_by, version AS absorbed_version, changed_at AS absorbed_at
                   FROM absorption WHERE model_id IS NOT NULL) AS absorbed USING (recording_id)
        """;
}

internal sealed record Absorbed(string ModelId, int Version, DateTime At);
