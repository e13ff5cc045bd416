using Dapper;
using Npgsql;
using Platform.Registry.Paging;

namespace Platform.Registry.Models;

/// <summary>Lists the versions of a model, page by page: a model that is trained every day has thousands.</summary>
internal sealed class VersionList(NpgsqlDataSource dataSource, Totals totals)
{
    public static readonly SortColumns Columns = new(
        "-version", new("version", "v.version", SortKind.Number), new SortColumn("version", "v.version", SortKind.Number));

    /// <param name="state">Null for all.</param>
    public async Task<Page<ModelVersion>> Page(string modelId, string? state, PageOrder order, int limit, CancellationToken cancellationToken)
    {
        const string sql = $"""
            SELECT {ModelVersion.Columns}
            FROM model_version v JOIN run ON run.id = v.run_id
            WHERE v.model_id = @modelId AND (@state::text IS NULL OR v.state = @state)
            """;

        var values = new DynamicParameters(new { modelId, state });
        order.AddTo(values, limit);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<ModelVersion>(
            new CommandDefinition($"{sql} {order.Sql(Columns)}", values, cancellationToken: cancellationToken));
        var total = await totals.Of($"versions {modelId} {state}", token => Count(modelId, state, token));
        return order.Page(rows.AsList(), limit, total, version => version.Version, version => version.Version);
    }

    private async Task<long> Count(string modelId, string? state, CancellationToken cancellationToken)
    {
        const string sql = "SELECT count(*) FROM model_version WHERE model_id = @modelId AND (@state::text IS NULL OR state = @state)";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(
            new CommandDefinition(sql, new { modelId, state }, cancellationToken: cancellationToken));
    }
}
