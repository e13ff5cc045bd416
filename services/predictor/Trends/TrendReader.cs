using Dapper;
using Npgsql;

namespace Platform.Predictor.Trends;

/// <summary>A device's trend as people read it.</summary>
internal sealed class TrendReader(NpgsqlDataSource dataSource, TrendOptions options, TimeProvider clock)
{
    private const int MostDeployments = 20;

    /// <summary>Null for a device that was never announced and never scored.</summary>
    internal async Task<DeviceTrend?> Read(string device, int days, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT (SELECT time_zone FROM device WHERE device = @device) AS time_zone,
                   (SELECT max(recorded_at) FROM score WHERE device = @device) AS last_recorded_at
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var (timeZone, last) = await connection.QuerySingleAsync<(string?, DateTime?)>(
            new CommandDefinition(sql, new { device }, cancellationToken: cancellationToken));
        if (timeZone is null && last is null)
            return null;

        // A zone that this machine does not know is named, and its days are those of UTC.
        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(timeZone ?? "UTC", out var found) ? found : TimeZoneInfo.Utc;
        var until = last is { } recorded ? new DateTimeOffset(recorded) : clock.GetUtcNow();
        var plantDays = PlantDays.Until(until, days, zone);
        return new(
            device, zone.Id,
            await Deployments(connection, device, cancellationToken),
            await DayStore.Read(connection, device, plantDays, cancellationToken));
    }

    private async Task<IReadOnlyList<DeploymentTrend>> Deployments(NpgsqlConnection connection, string device, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT model_id, version, deployment, started_at, recordings, baseline, recent, drifting_since, left_bands
            FROM trend
            WHERE device = @device
            ORDER BY started_at DESC, deployment DESC
            LIMIT @MostDeployments
            """;

        var rows = await connection.QueryAsync<Row>(
            new CommandDefinition(sql, new { device, MostDeployments }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.Shown(options))];
    }

    private sealed record Row(
        string ModelId, int Version, long Deployment, DateTime StartedAt, long Recordings, double[] Baseline, double[] Recent,
        DateTime? DriftingSince, string[] LeftBands)
    {
        internal DeploymentTrend Shown(TrendOptions options)
        {
            var band = TrendTransition.BandOf(options, new(Recordings, Baseline, Recent, DriftingSince, LeftBands));
            double? current = Recent.Length >= options.RecentRecordings ? Quantiles.Median(Recent) : null;
            return new(
                ModelId, Version, Deployment, StartedAt, Recordings, band?.Baseline, band?.Low, band?.High, current, DriftingSince, LeftBands);
        }
    }
}

/// <param name="TimeZone">IANA name; it decides which day a recording belongs to.</param>
/// <param name="Deployments">Newest first.</param>
/// <param name="Days">Oldest first; a day on which the model changed has several.</param>
internal sealed record DeviceTrend(
    string Device, string TimeZone, IReadOnlyList<DeploymentTrend> Deployments, IReadOnlyList<DayTrend> Days);

/// <summary>Scores here are shares of their threshold.</summary>
/// <param name="Baseline">Median of the first recordings; null until there are enough, as are the ends of the band.</param>
/// <param name="Current">Median of the latest ones; null until there are enough after the first.</param>
/// <param name="LeftBands">Measures that left their band.</param>
internal sealed record DeploymentTrend(
    string ModelId, int Version, long Deployment, DateTime StartedAt, long Recordings, double? Baseline, double? Low, double? High,
    double? Current, DateTime? DriftingSince, IReadOnlyList<string> LeftBands);

/// <param name="Day">The plant's day, <c>yyyyMMdd</c>.</param>
/// <param name="MedianScore">Of the scores as they are, of the detectors that decided.</param>
/// <param name="Median">Of the scores as shares of their threshold.</param>
internal sealed record DayTrend(
    string Day, string ModelId, int Version, long Deployment, int Recordings, int Anomalous, double MedianScore, double P95Score,
    double Median, double P95);
