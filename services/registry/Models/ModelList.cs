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

    // What was deployed once has a champion for ever: deployments replace each other.
    public Filters Conditions() => new Filters()
        .And("mode", Mode, "mode = @mode")
        .And("modelType", ModelType, "model_type = @modelType")
        .And("prefix", Prefix, "model_id COLLATE \"C\" ^@ @prefix")
        .And("devices", Device is null ? null : new[] { Device }, "model_id IN (SELECT model_id FROM model_version WHERE devices @> @devices)")
        .And("deployed", Deployed, "(last_deployment > 0) = @deployed");
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

    public async Task<Page<ModelSummary>> Page(ModelFilter filter, PageOrder order, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT model_id, mode, scope, aggregation, model_type, last_version, champion_version, champion_label, champion_deployment, champion_at,
                   previous_version, previous_label, previous_deployment, previous_at, created_at, changed_at
            FROM model
            """;

        var total = await totals.Of($"models {JsonSerializer.Serialize(filter)}", token => Count(filter, token));
        var conditions = filter.Conditions();
        order.AddTo(conditions.Values, limit);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(
            new CommandDefinition($"{sql} {conditions.Where} {order.Sql(Columns)}", conditions.Values, cancellationToken: cancellationToken));
        return order.Page(
            [.. rows.Select(row => row.ToSummary())],
            limit,
            total,
            model => order.Column.Name switch { "createdAt" => model.CreatedAt, "changedAt" => model.ChangedAt, _ => model.ModelId },
            model => model.ModelId);
    }

    private async Task<long> Count(ModelFilter filter, CancellationToken cancellationToken)
    {
        const string sql = "SELECT count(*) FROM model";

        var conditions = filter.Conditions();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition($"{sql} {conditions.Where}", conditions.Values, cancellationToken: cancellationToken));
    }

    private sealed record Row(
        string ModelId,
        string Mode,
        string Scope,
        string? Aggregation,
        string ModelType,
        int LastVersion,
        int? ChampionVersion,
        string? ChampionLabel,
        long? ChampionDeployment,
        DateTime? ChampionAt,
        int? PreviousVersion,
        string? PreviousLabel,
        long? PreviousDeployment,
        DateTime? PreviousAt,
        DateTime CreatedAt,
        DateTime ChangedAt)
    {
        public ModelSummary ToSummary() => new(
            ModelId, Mode, Scope, Aggregation, ModelType, LastVersion,
            Served(ChampionVersion, ChampionLabel, ChampionDeployment, ChampionAt),
            Served(PreviousVersion, PreviousLabel, PreviousDeployment, PreviousAt),
            CreatedAt, ChangedAt);

        private static VersionName? Served(int? version, string? label, long? deployment, DateTime? at) =>
            version is null ? null : new(version.Value, label!, deployment!.Value, at!.Value);
    }
}
