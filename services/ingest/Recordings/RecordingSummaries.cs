using Dapper;
using Npgsql;

namespace Platform.Ingest;

/// <summary>How many recordings there are of each state.</summary>
internal sealed class RecordingSummaries(NpgsqlDataSource dataSource)
{
    /// <param name="device">Null for all devices together.</param>
    public async Task<RecordingSummary> Of(string? device, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT count(*) FILTER (WHERE state = 'archived') AS archived,
                   count(*) FILTER (WHERE state = 'too_short') AS too_short,
                   count(*) FILTER (WHERE state = 'quarantined') AS quarantined,
                   count(*) FILTER (WHERE state = 'archived' AND reason IS NOT NULL) AS failed,
                   round(coalesce(sum(duration_seconds) FILTER (WHERE state = 'archived'), 0)::numeric / 3600, 3)::float8 AS hours,
                   max(recorded_at) AS last_recorded_at
            FROM recording_shown
            WHERE @device::text IS NULL OR device = @device
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<RecordingSummary>(
            new CommandDefinition(sql, new { device }, cancellationToken: cancellationToken));
    }
}

/// <param name="TooShort">Shorter than one window of their device's spec.</param>
/// <param name="Quarantined">Unreadable.</param>
/// <param name="Failed">Of the archived ones, those that have no features for another reason, such as a spec that does not exist.</param>
/// <param name="Hours">Length of the archived ones that were decoded.</param>
/// <param name="LastRecordedAt">Null when there is none.</param>
internal sealed record RecordingSummary(long Archived, long TooShort, long Quarantined, long Failed, double Hours, DateTime? LastRecordedAt);
