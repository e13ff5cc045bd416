using Dapper;
using Npgsql;

namespace Platform.Registry.Models;

/// <summary>One line of the list of models.</summary>
internal sealed record ModelSummary(
    string ModelId,
    string Mode,
    string Scope,
    string? Aggregation,
    string ModelType,
    int LastVersion,
    long LastDeployment,
    int? Champion,
    int? Previous,
    DateTime CreatedAt);

internal sealed class ModelStore(NpgsqlDataSource dataSource)
{
    public async Task<IReadOnlyList<ModelSummary>> List(CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT m.model_id, mode, scope, aggregation, model_type, last_version, last_deployment,
                   champion.version AS champion, previous.version AS previous, created_at
            FROM model m
            LEFT JOIN alias champion ON champion.model_id = m.model_id AND champion.name = 'champion'
            LEFT JOIN alias previous ON previous.model_id = m.model_id AND previous.name = 'previous'
            ORDER BY m.model_id COLLATE "C"
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<ModelSummary>(new CommandDefinition(sql, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    public async Task<ModelSummary?> Find(string modelId, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT m.model_id, mode, scope, aggregation, model_type, last_version, last_deployment,
                   champion.version AS champion, previous.version AS previous, created_at
            FROM model m
            LEFT JOIN alias champion ON champion.model_id = m.model_id AND champion.name = 'champion'
            LEFT JOIN alias previous ON previous.model_id = m.model_id AND previous.name = 'previous'
            WHERE m.model_id = @modelId
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ModelSummary>(
            new CommandDefinition(sql, new { modelId }, cancellationToken: cancellationToken));
    }
}
