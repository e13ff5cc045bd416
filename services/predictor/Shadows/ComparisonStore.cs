using Dapper;
using Npgsql;

namespace Platform.Predictor.Shadows;

/// <summary>Which recordings to compare; null members do not matter.</summary>
internal sealed record ComparisonFilter(string ModelId, int Version, DateTime? From, DateTime? To, string? Device);

/// <summary>Compares what a version said as a shadow with what served, recording by recording.</summary>
internal sealed class ComparisonStore(NpgsqlDataSource dataSource)
{
    /// <summary>The version that last scored a recording as a shadow of the model; null when none ever did.</summary>
    internal async Task<int?> LastVersion(string modelId, CancellationToken cancellationToken)
    {
        const string sql = "SELECT version FROM shadow_score WHERE model_id = @modelId ORDER BY version DESC LIMIT 1";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<int?>(new CommandDefinition(sql, new { modelId }, cancellationToken: cancellationToken));
    }

    /// <summary>One line for all recordings, one for each time, one for each device and one for each champion: the keys that are not null say which.</summary>
    internal async Task<IReadOnlyList<ComparedLine>> Lines(ComparisonFilter filter, int buckets, CancellationToken cancellationToken)
    {
        // Once a version serves, it is not compared with itself.
        const string sql = """
            WITH pair AS MATERIALIZED (
                SELECT s.recorded_at, s.device, c.model_id AS champion, c.version AS champion_version, l.label,
                       c.verdict = 'anomalous' AS by_champion, s.verdict = 'anomalous' AS by_shadow,
                       c.score / nullif(c.threshold, 0) AS champion_ratio, s.score / nullif(s.threshold, 0) AS shadow_ratio
                FROM shadow_score s
                CROSS JOIN LATERAL (
                    SELECT model_id, version, verdict, score, threshold FROM score
                    WHERE score.recording_id = s.recording_id
                    ORDER BY scored_at
                    LIMIT 1) c
                LEFT JOIN recording_label l ON l.recording_id = s.recording_id
                WHERE s.model_id = @ModelId AND s.version = @Version AND s.outcome = 'scored'
                  AND (@From::timestamptz IS NULL OR s.recorded_at >= @From)
                  AND (@To::timestamptz IS NULL OR s.recorded_at < @To)
                  AND (@Device::text IS NULL OR s.device = @Device)
                  AND (c.model_id, c.version) <> (s.model_id, s.version)
            ), span AS (
                SELECT min(recorded_at) AS start, greatest(max(recorded_at) - min(recorded_at), interval '1 second') AS length
                FROM pair
            ), timed AS (
                SELECT pair.*, least(floor(extract(epoch FROM recorded_at - start) / extract(epoch FROM length) * @buckets), @buckets - 1)::int AS bucket
                FROM pair CROSS JOIN span
            )
            SELECT bucket, start + bucket * length / @buckets AS from, start + (bucket + 1) * length / @buckets AS to, device, champion, champion_version,
                   count(*) AS recordings,
                   count(*) FILTER (WHERE by_champion) AS champion_anomalous,
                   count(*) FILTER (WHERE by_shadow) AS shadow_anomalous,
                   count(*) FILTER (WHERE NOT by_champion AND NOT by_shadow) AS both_normal,
                   count(*) FILTER (WHERE by_champion AND by_shadow) AS both_anomalous,
                   count(*) FILTER (WHERE by_champion AND NOT by_shadow) AS only_champion,
                   count(*) FILTER (WHERE NOT by_champion AND by_shadow) AS only_shadow,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY champion_ratio) AS champion_median,
                   percentile_cont(0.95) WITHIN GROUP (ORDER BY champion_ratio) AS champion95,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY shadow_ratio) AS shadow_median,
                   percentile_cont(0.95) WITHIN GROUP (ORDER BY shadow_ratio) AS shadow95,
                   count(*) FILTER (WHERE label IN ('normal', 'verified_normal')) AS labelled_normal,
                   count(*) FILTER (WHERE label IN ('normal', 'verified_normal') AND by_champion) AS champion_false_alarms,
                   count(*) FILTER (WHERE label IN ('normal', 'verified_normal') AND by_shadow) AS shadow_false_alarms,
                   count(*) FILTER (WHERE label = 'anomalous') AS labelled_anomalous,
                   count(*) FILTER (WHERE label = 'anomalous' AND by_champion) AS champion_found,
                   count(*) FILTER (WHERE label = 'anomalous' AND by_shadow) AS shadow_found
            FROM timed CROSS JOIN span
            GROUP BY GROUPING SETS ((start, length), (start, length, bucket), (start, length, device), (start, length, champion, champion_version))
            ORDER BY bucket NULLS FIRST, count(*) FILTER (WHERE by_champion <> by_shadow) DESC, device COLLATE "C"
            """;

        var values = new { filter.ModelId, filter.Version, filter.From, filter.To, filter.Device, buckets };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<ComparedLine>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>What the shadow could not judge, by reason.</summary>
    internal async Task<IReadOnlyList<NotComparable>> NotComparable(ComparisonFilter filter, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT outcome, count(*) AS recordings, (array_agg(detail ORDER BY recorded_at DESC))[1] AS example
            FROM shadow_score
            WHERE model_id = @ModelId AND version = @Version AND outcome <> 'scored'
              AND (@From::timestamptz IS NULL OR recorded_at >= @From)
              AND (@To::timestamptz IS NULL OR recorded_at < @To)
              AND (@Device::text IS NULL OR device = @Device)
            GROUP BY outcome
            ORDER BY outcome
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<NotComparable>(new CommandDefinition(sql, filter, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>Recordings that the shadow has judged and nothing else yet: what serves is behind, or nothing does.</summary>
    internal async Task<long> OnlyShadow(ComparisonFilter filter, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT count(*)
            FROM shadow_score s
            WHERE s.model_id = @ModelId AND s.version = @Version AND s.outcome = 'scored'
              AND (@From::timestamptz IS NULL OR s.recorded_at >= @From)
              AND (@To::timestamptz IS NULL OR s.recorded_at < @To)
              AND (@Device::text IS NULL OR s.device = @Device)
              AND NOT EXISTS (SELECT FROM score WHERE score.recording_id = s.recording_id)
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition(sql, filter, cancellationToken: cancellationToken));
    }
}

/// <param name="Bucket">Which time, from 0; null when the line is not about one.</param>
/// <param name="From">Of the time.</param>
internal sealed record ComparedLine(
    int? Bucket, DateTime? From, DateTime? To, string? Device, string? Champion, int? ChampionVersion,
    long Recordings, long ChampionAnomalous, long ShadowAnomalous, long BothNormal, long BothAnomalous, long OnlyChampion, long OnlyShadow,
    double? ChampionMedian, double? Champion95, double? ShadowMedian, double? Shadow95,
    long LabelledNormal, long ChampionFalseAlarms, long ShadowFalseAlarms, long LabelledAnomalous, long ChampionFound, long ShadowFound)
{
    internal ComparedVerdicts Verdicts => new(
        Recordings, ChampionAnomalous, ShadowAnomalous, BothNormal, BothAnomalous, OnlyChampion, OnlyShadow,
        ChampionMedian, Champion95, ShadowMedian, Shadow95,
        LabelledNormal, ChampionFalseAlarms, ShadowFalseAlarms, LabelledAnomalous, ChampionFound, ShadowFound);
}
