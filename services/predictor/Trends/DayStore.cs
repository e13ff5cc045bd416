using System.Text.Json;
using Dapper;
using Npgsql;

namespace Platform.Predictor.Trends;

/// <summary>What the scores of a device were on days of its plant: those that are over are computed once and kept.</summary>
internal static class DayStore
{
    /// <param name="days">Following each other up to the one of the device's latest recording, which may still go on.</param>
    internal static async Task<IReadOnlyList<DayTrend>> Read(
        NpgsqlConnection connection, string device, IReadOnlyList<PlantDay> days, CancellationToken cancellationToken)
    {
        // Before anything is computed: what comes into the past from now on is seen when the days are to be kept.
        var pastScores = await PastScores(connection, device, cancellationToken);
        var kept = await Kept(connection, device, days, cancellationToken);
        PlantDay[] missing = [.. days.Where(day => !kept.ContainsKey(day.Start))];
        var computed = await Compute(connection, device, missing, cancellationToken);
        PlantDay[] over = [.. missing.Where(day => day != days[^1])];
        if (over.Length > 0 && pastScores is not null) // null: nothing was ever scored, and the first score may be of any day
            await Keep(connection, device, days, over, computed, pastScores, cancellationToken);
        return [.. days.SelectMany(day => kept.TryGetValue(day.Start, out var trends) ? trends : computed[day.Day])];
    }

    /// <summary>Takes a day away that a score belongs to which was not the latest; the caller holds the device's lock.</summary>
    internal static async Task Forget(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string device, DateTimeOffset recordedAt, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE alarm_state SET past_scores = past_scores + 1 WHERE device = @device;
            DELETE FROM trend_day WHERE device = @device AND day_start <= @at AND day_end > @at
            """;

        await connection.ExecuteAsync(
            new CommandDefinition(sql, new { device, at = recordedAt.UtcDateTime }, transaction, cancellationToken: cancellationToken));
    }

    private static async Task<long?> PastScores(NpgsqlConnection connection, string device, CancellationToken cancellationToken)
    {
        const string sql = "SELECT past_scores FROM alarm_state WHERE device = @device";

        return await connection.QuerySingleOrDefaultAsync<long?>(new CommandDefinition(sql, new { device }, cancellationToken: cancellationToken));
    }

    private static async Task<Dictionary<DateTime, DayTrend[]>> Kept(
        NpgsqlConnection connection, string device, IReadOnlyList<PlantDay> days, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT day_start, trends::text AS trends
            FROM trend_day
            WHERE device = @device AND (day_start, day_end) IN (SELECT * FROM unnest(@starts, @ends))
            """;

        var values = new { device, starts = days.Select(day => day.Start).ToArray(), ends = days.Select(day => day.End).ToArray() };
        var rows = await connection.QueryAsync<(DateTime Start, string Trends)>(
            new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return rows.ToDictionary(row => row.Start, row => JsonSerializer.Deserialize<DayTrend[]>(row.Trends, JsonSerializerOptions.Web)!);
    }

    private static async Task<ILookup<string, DayTrend>> Compute(
        NpgsqlConnection connection, string device, PlantDay[] days, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT day, model_id, version, deployment, recordings, anomalous,
                   of_scores[1] AS median_score, of_scores[2] AS p95_score, of_shares[1] AS median, of_shares[2] AS p95
            FROM (
                SELECT days.day, model_id, version, deployment, min(scored_at) AS began, count(*)::int AS recordings,
                       count(*) FILTER (WHERE verdict = 'anomalous')::int AS anomalous,
                       percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY score) AS of_scores,
                       percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY score / threshold) AS of_shares
                FROM unnest(@names, @starts, @ends) AS days (day, day_start, day_end)
                JOIN score ON score.device = @device AND score.recorded_at >= day_start AND score.recorded_at < day_end
                -- Once more as one interval, which the planner can count: otherwise it reads all of the device for a single day.
                WHERE threshold > 0 AND score.recorded_at >= @from AND score.recorded_at < @until
                GROUP BY days.day, model_id, version, deployment) AS trends
            ORDER BY day, began
            """;

        if (days.Length == 0)
            return Array.Empty<DayTrend>().ToLookup(trend => trend.Day);
        var values = new
        {
            device,
            from = days[0].Start,
            until = days[^1].End,
            names = days.Select(day => day.Day).ToArray(),
            starts = days.Select(day => day.Start).ToArray(),
            ends = days.Select(day => day.End).ToArray(),
        };
        var rows = await connection.QueryAsync<DayTrend>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return rows.ToLookup(row => row.Day);
    }

    private static async Task Keep(
        NpgsqlConnection connection, string device, IReadOnlyList<PlantDay> days, IReadOnlyList<PlantDay> over, ILookup<string, DayTrend> computed,
        long? pastScores, CancellationToken cancellationToken)
    {
        // Waits for a score that is being written, and holds the next one off until the days are kept.
        const string locked = "SELECT past_scores FROM alarm_state WHERE device = @device FOR UPDATE";
        // Days of another time zone within the same time go: nobody asks for them any more.
        const string sql = """
            DELETE FROM trend_day
            WHERE device = @device AND day_start < @until AND day_end > @from
              AND (day_start, day_end) NOT IN (SELECT * FROM unnest(@allStarts, @allEnds));
            INSERT INTO trend_day (device, day_start, day_end, trends)
            SELECT @device, day_start, day_end, trends::jsonb FROM unnest(@starts, @ends, @trends) AS over (day_start, day_end, trends)
            ON CONFLICT (device, day_start, day_end) DO NOTHING
            """;

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await connection.QuerySingleOrDefaultAsync<long?>(
                new CommandDefinition(locked, new { device }, transaction, cancellationToken: cancellationToken)) != pastScores)
            return; // the next one who asks computes them again
        var values = new
        {
            device,
            from = days[0].Start,
            until = days[^1].End,
            allStarts = days.Select(day => day.Start).ToArray(),
            allEnds = days.Select(day => day.End).ToArray(),
            starts = over.Select(day => day.Start).ToArray(),
            ends = over.Select(day => day.End).ToArray(),
            trends = over.Select(day => JsonSerializer.Serialize(computed[day.Day], JsonSerializerOptions.Web)).ToArray(),
        };
        await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
    }
}
