using System.Text.Json;
using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Registry.Paging;

namespace Platform.Registry.Models;

/// <summary>Which models a list holds; what is not given does not restrict it.</summary>
/// <param name="Device">Models of which a version is for this device, alone or among others.</param>
/// <param name="Prefix">Beginning of the model id, e.g. <c>site/S001_</c>.</param>
/// <param name="Deployed">True: only models of which a version is served; false: only the others.</param>
internal sealed record ModelFilter(string? Mode, string? ModelType, string? Device, string? Prefix, bool? Deployed)
{
    public IEnumerable<KeyValuePair<string, string>> Check()
    {
        if (Mode is not null && !ScopeModes.All.Contains(Mode))
            yield return new("mode", $"'{Mode}' is not a mode; allowed are {string.Join(", ", ScopeModes.All)}.");
    }

    public DynamicParameters Values() => new(new
    {
        mode = Mode,
        modelType = ModelType,
        devices = Device is null ? null : new[] { Device },
        prefix = Prefix,
        deployed = Deployed,
    });
}

/// <summary>One line of the list of models.</summary>
internal sealed record ModelSummary(
    string ModelId,
    string Mode,
    string Scope,
    string? Aggregation,
    string ModelType,
    int LastVersion,
    VersionName? Champion,
    VersionName? Previous,
    DateTime CreatedAt,
    DateTime ChangedAt);

/// <summary>A version as lists name it.</summary>
internal sealed record VersionName(int Version, string Label, long Deployment, DateTime DeployedAt);

/// <summary>Lists models, page by page.</summary>
internal sealed class ModelList(NpgsqlDataSource dataSource, Totals totals)
{
    public static readonly SortColumns Columns = new(
        "modelId",
        new("modelId", "model_id COLLATE \"C\"", SortKind.Text),
        new("modelId", "model_id COLLATE \"C\"", SortKind.Text),
        new("createdAt", "created_at", SortKind.Time),
        new("changedAt", "changed_at", SortKind.Time));

    // What was deployed once has a champion for ever: deployments replace each other.
    private const string Filter = """
        (@mode::text IS NULL OR mode = @mode) AND (@modelType::text IS NULL OR model_type = @modelType)
        AND (@prefix::text IS NULL OR model_id COLLATE "C" ^@ @prefix)
        AND (@devices::text[] IS NULL OR model_id IN (SELECT model_id FROM model_version WHERE devices @> @devices))
        AND (@deployed::boolean IS NULL OR (last_deployment > 0) = @deployed)
        """;

    public async Task<Page<ModelSummary>> Page(ModelFilter filter, PageOrder order, int limit, CancellationToken cancellationToken)
    {
        var total = await totals.Of($"models {JsonSerializer.Serialize(filter)}", token => Count(filter, token));
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var page = order.Page(
            await Rows(connection, filter, order, limit, cancellationToken),
            limit,
            total,
            model => order.Column.Name switch { "createdAt" => model.CreatedAt, "changedAt" => model.ChangedAt, _ => model.ModelId },
            model => model.ModelId);

        var served = (await Served(connection, [.. page.Items.Select(model => model.ModelId)], cancellationToken))
            .ToDictionary(one => (one.ModelId, one.Alias), one => new VersionName(one.Version, one.Label, one.Deployment, one.DeployedAt));
        return new(
            [.. page.Items.Select(model => new ModelSummary(
                model.ModelId, model.Mode, model.Scope, model.Aggregation, model.ModelType, model.LastVersion,
                served.GetValueOrDefault((model.ModelId, Aliases.Champion)), served.GetValueOrDefault((model.ModelId, Aliases.Previous)),
                model.CreatedAt, model.ChangedAt))],
            page.Total,
            page.Next);
    }

    private static Task<IEnumerable<ServedVersion>> Served(NpgsqlConnection connection, string[] modelIds, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT a.model_id, a.name AS alias, a.version, v.label, a.deployment, d.deployed_at
            FROM alias a
            JOIN model_version v USING (model_id, version)
            JOIN deployment d USING (model_id, deployment)
            WHERE a.model_id = ANY (@modelIds) AND a.name IN ('champion', 'previous')
            """;

        return connection.QueryAsync<ServedVersion>(new CommandDefinition(sql, new { modelIds }, cancellationToken: cancellationToken));
    }

    private static async Task<IReadOnlyList<Model>> Rows(
        NpgsqlConnection connection, ModelFilter filter, PageOrder order, int limit, CancellationToken cancellationToken)
    {
        const string sql = $"""
            SELECT model_id, mode, scope, aggregation, model_type, last_version, last_deployment, created_at, changed_at
            FROM model
            WHERE {Filter}
            """;

        var values = filter.Values();
        order.AddTo(values, limit);
        var rows = await connection.QueryAsync<Model>(
            new CommandDefinition($"{sql} {order.Sql(Columns)}", values, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    private async Task<long> Count(ModelFilter filter, CancellationToken cancellationToken)
    {
        const string sql = $"SELECT count(*) FROM model WHERE {Filter}";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition(sql, filter.Values(), cancellationToken: cancellationToken));
    }

    private sealed record ServedVersion(string ModelId, string Alias, int Version, string Label, long Deployment, DateTime DeployedAt);
}
