using Dapper;
using Npgsql;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Trends;

/// <summary>Names a trend: a device's scores begin anew with each deployment, for those of two versions cannot be compared.</summary>
internal sealed record TrendKey(string Device, string ModelId, long Deployment)
{
    internal static TrendKey Of(ScoredRecording scored) => new(scored.Features.Device, scored.ModelId, scored.Deployment);
}

/// <summary>Rows of <c>trend</c>, which change under the lock of the device's alarm.</summary>
internal static class TrendStore
{
    internal static async Task<TrendState> Find(
        NpgsqlConnection connection, NpgsqlTransaction transaction, TrendKey key, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT recordings, baseline, recent, drifting_since, left_bands
            FROM trend
            WHERE device = @Device AND model_id = @ModelId AND deployment = @Deployment
            """;

        var row = await connection.QuerySingleOrDefaultAsync<TrendRow>(
            new CommandDefinition(sql, key, transaction, cancellationToken: cancellationToken));
        return row?.ToState() ?? TrendState.Initial;
    }

    internal static async Task Keep(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        TrendKey key,
        int version,
        TrendState state,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO trend (device, model_id, deployment, version, recordings, baseline, recent, drifting_since, left_bands, started_at)
            VALUES (@Device, @ModelId, @Deployment, @version, @Recordings, @baseline, @recent, @driftingSince, @leftBands, @at)
            ON CONFLICT (device, model_id, deployment) DO UPDATE
            SET recordings = excluded.recordings, baseline = excluded.baseline, recent = excluded.recent,
                drifting_since = excluded.drifting_since, left_bands = excluded.left_bands
            """;

        var row = new
        {
            key.Device,
            key.ModelId,
            key.Deployment,
            version,
            state.Recordings,
            baseline = state.Baseline.ToArray(),
            recent = state.Recent.ToArray(),
            driftingSince = state.DriftingSince?.UtcDateTime,
            leftBands = state.LeftBands.ToArray(),
            at = at.UtcDateTime,
        };
        await connection.ExecuteAsync(new CommandDefinition(sql, row, transaction, cancellationToken: cancellationToken));
    }
}

internal sealed record TrendRow(long Recordings, double[] Baseline, double[] Recent, DateTime? DriftingSince, string[] LeftBands)
{
    internal TrendState ToState() => new(Recordings, Baseline, Recent, DriftingSince, LeftBands);
}
