using Dapper;
using Npgsql;

namespace Platform.Registry.Retention;

/// <summary>A version that was marked, or would be.</summary>
internal sealed record MarkedVersion(string ModelId, int Version);

/// <summary>
/// Declares versions deleted that nothing keeps. A model's row is locked first, as every deployment and alias does, and the candidates are
/// chosen after that: a version is deployed before it is marked, and then it is none, or it is marked and no longer can be deployed.
/// </summary>
internal sealed class MarkStore(NpgsqlDataSource dataSource, TimeProvider time)
{
    private const int ModelsAtOnce = 500;

    /// <summary>Goes through all models; each batch stands by itself, so a crash loses none of what was marked.</summary>
    public async IAsyncEnumerable<MarkedVersion> Mark(
        RetentionPlan plan, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        string[] batch = [];
        while ((batch = await NextModels(connection, batch.LastOrDefault() ?? "", cancellationToken)).Length > 0)
        {
            var found = await Candidates(connection, plan, batch, cancellationToken);
            if (!plan.DryRun && found.Count > 0)
                found = await MarkBatch(connection, plan, [.. found.Select(version => version.ModelId).Distinct()], cancellationToken);
            foreach (var version in found)
                yield return version;
        }
    }

    private async Task<IReadOnlyList<MarkedVersion>> MarkBatch(
        NpgsqlConnection connection, RetentionPlan plan, string[] models, CancellationToken cancellationToken)
    {
        // Its own statement, so that the candidates are read in a snapshot taken after the locks.
        const string lockSql = "SELECT count(*) FROM (SELECT FROM model WHERE model_id = ANY (@models) ORDER BY model_id FOR UPDATE) locked";
        const string markSql = """
            WITH marked AS (
                UPDATE model_version v
                SET state = 'deleted', deleted_at = @now
                FROM retention_candidate(@models, @KeepVersions, @servedSince) c
                WHERE v.model_id = c.candidate_model AND v.version = c.candidate_version AND v.state IN ('registered', 'archived', 'rejected')
                RETURNING v.model_id, v.version
            ), history AS (
                INSERT INTO version_history (model_id, version, state, at, actor, reason)
                SELECT model_id, version, 'deleted', @now, @Actor, @reason FROM marked
            )
            SELECT model_id, version FROM marked ORDER BY model_id, version
            """;

        var now = time.GetUtcNow().UtcDateTime;
        var reason = $"Retention: not among the last {plan.KeepVersions} versions, not served within {plan.KeepDays} days, no alias, no live shadow, needed by no active run.";
        var values = new { models, plan.KeepVersions, servedSince = ServedSince(plan, now), now, plan.Actor, reason };
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteScalarAsync<long>(new CommandDefinition(lockSql, new { models }, transaction, cancellationToken: cancellationToken));
        var rows = await connection.QueryAsync<MarkedVersion>(new CommandDefinition(markSql, values, transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return rows.AsList();
    }

    private async Task<IReadOnlyList<MarkedVersion>> Candidates(
        NpgsqlConnection connection, RetentionPlan plan, string[] models, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT candidate_model AS model_id, candidate_version AS version
            FROM retention_candidate(@models, @KeepVersions, @servedSince)
            ORDER BY candidate_model, candidate_version
            """;

        var values = new { models, plan.KeepVersions, servedSince = ServedSince(plan, time.GetUtcNow().UtcDateTime) };
        var rows = await connection.QueryAsync<MarkedVersion>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    private static async Task<string[]> NextModels(NpgsqlConnection connection, string after, CancellationToken cancellationToken)
    {
        const string sql = "SELECT model_id FROM model WHERE model_id > @after ORDER BY model_id LIMIT @ModelsAtOnce";

        var rows = await connection.QueryAsync<string>(
            new CommandDefinition(sql, new { after, ModelsAtOnce }, cancellationToken: cancellationToken));
        return [.. rows];
    }

    private static DateTime ServedSince(RetentionPlan plan, DateTime now) => now - TimeSpan.FromDays(plan.KeepDays);
}
