using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Ingest;

internal sealed class VerdictStore(NpgsqlDataSource dataSource)
{
    /// <summary>False when a newer verdict stands there, or there is no such recording.</summary>
    /// <remarks>Deployments are numbered per model, so verdicts of different models are ordered by time.</remarks>
    public async Task<bool> Keep(RecordingScored scored, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE recording
            SET verdict = @Verdict,
                verdict_model_id = @ModelId,
                verdict_version = @Version,
                verdict_deployment = @Deployment,
                score = @Score,
                threshold = @Threshold,
                scored_at = @scoredAt
            WHERE id = @RecordingId
              AND CASE WHEN verdict_model_id = @ModelId THEN verdict_deployment <= @Deployment
                       ELSE scored_at IS NULL OR scored_at <= @scoredAt END
            """;

        var parameters = new
        {
            scored.RecordingId,
            scored.Verdict,
            scored.ModelId,
            scored.Version,
            scored.Deployment,
            scored.Score,
            scored.Threshold,
            scoredAt = scored.ScoredAt.UtcDateTime,
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken)) == 1;
    }
}
