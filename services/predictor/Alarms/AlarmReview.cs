using Dapper;
using Npgsql;

namespace Platform.Predictor.Alarms;

/// <summary>What people's labels say about an alarm; every statement belongs to a transaction that holds the device's lock.</summary>
internal static class AlarmReview
{
    /// <summary>The alarm that a recording opened, continued or was evidence of; null when there is none.</summary>
    internal static async Task<Guid?> AlarmOf(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string device, Guid recordingId, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT id FROM alarm
            WHERE device = @device AND close_reason IS DISTINCT FROM 'withdrawn'
              AND (@recordingId = ANY (evidence)
                   OR id = (SELECT alarm_id FROM score WHERE recording_id = @recordingId AND alarm_change IN ('opened', 'continued') LIMIT 1))
            """;

        return await connection.QuerySingleOrDefaultAsync<Guid?>(
            new CommandDefinition(sql, new { device, recordingId }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Counts the labels of an alarm's anomalous recordings; true when all of them are normal to people.</summary>
    internal static async Task<bool> Count(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Guid alarm, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE alarm
            SET labelled_normal = counted.normal, labelled_anomalous = counted.anomalous
            FROM (
                SELECT count(*) FILTER (WHERE label IN ('normal', 'verified_normal'))::int AS normal,
                       count(*) FILTER (WHERE label = 'anomalous')::int AS anomalous
                FROM recording_label
                WHERE recording_id IN (SELECT recording_id FROM score WHERE alarm_id = @alarm AND alarm_change IN ('opened', 'continued')
                                       UNION SELECT unnest(evidence) FROM alarm WHERE id = @alarm)) AS counted
            WHERE id = @alarm
            RETURNING labelled_normal >= recordings
            """;

        return await connection.QuerySingleAsync<bool>(
            new CommandDefinition(sql, new { alarm }, transaction, cancellationToken: cancellationToken));
    }
}
