using System.Text.Json;
using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Registry.Runs;

/// <summary>Somebody already uses this run name.</summary>
internal sealed class RunNameTakenException(string name) : Exception($"A run named '{name}' exists already.")
{
    public string Name { get; } = name;
}

internal sealed class RunStore(NpgsqlDataSource dataSource)
{
    /// <summary>Adds queued runs; those whose model already has an active one are left out.</summary>
    /// <returns>The ids of those that were added.</returns>
    /// <exception cref="RunNameTakenException">The transaction is unusable then.</exception>
    public static async Task<IReadOnlySet<Guid>> Add(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        IReadOnlyCollection<(PlannedRun Planned, PrepareTraining Run)> runs,
        CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO run (id, name, batch_id, mode, scope, aggregation, model_type, model_id, devices, parameters, parameter_sources, origin,
                             champion_version, state, created_at, progressed_at)
            SELECT id, name, batch_id, mode, scope, aggregation, model_type, model_id, devices, parameters, parameter_sources, origin,
                   champion_version, 'queued', at, at
            FROM jsonb_to_recordset(@rows::jsonb) AS added (
                id uuid, name text, batch_id uuid, mode text, scope text, aggregation text, model_type text, model_id text, devices text[],
                parameters jsonb, parameter_sources jsonb, origin text, champion_version int, at timestamptz)
            ON CONFLICT (model_id) WHERE state IN ('queued', 'preparing', 'running') DO NOTHING
            RETURNING id
            """;

        var rows = JsonSerializer.Serialize(runs.Select(row => new RunRow(row.Planned, row.Run)), RunRow.Columns);
        try
        {
            var added = await connection.QueryAsync<Guid>(new CommandDefinition(sql, new { rows }, transaction, cancellationToken: cancellationToken));
            return added.ToHashSet();
        }
        catch (PostgresException exception) when (exception is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "run_name" })
        {
            // The driver keeps the server's detail, which would say which, to itself.
            throw new RunNameTakenException(string.Join("' or '", runs.Select(row => row.Planned.Name).OfType<string>()));
        }
    }

    public async Task<Run?> Find(string idOrName, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT id, name, batch_id, mode, scope, aggregation, model_type, model_id, devices, parameters, parameter_sources, origin, champion_version,
                   state, reason, phase, slice, attempt, epoch, step, max_steps, training_loss, validation_loss, patches_per_second, host,
                   epochs, steps, patches, recordings, training_seconds, version, created_at, started_at, progressed_at, ended_at
            FROM run
            WHERE id = @id OR name = @idOrName
            """;

        Guid? id = Guid.TryParse(idOrName, out var parsed) ? parsed : null;
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Run>(
            new CommandDefinition(sql, new { id, idOrName }, cancellationToken: cancellationToken));
    }

    public async Task<Run?> FindActive(string modelId, CancellationToken cancellationToken)
    {
        const string sql = "SELECT id::text FROM run WHERE model_id = @modelId AND state IN ('queued', 'preparing', 'running')";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var id = await connection.QuerySingleOrDefaultAsync<string>(
            new CommandDefinition(sql, new { modelId }, cancellationToken: cancellationToken));
        return id is null ? null : await Find(id, cancellationToken);
    }
}

/// <summary>A run as <see cref="RunStore.Add"/> sends it: members are named as the columns are.</summary>
internal sealed class RunRow(PlannedRun planned, PrepareTraining run)
{
    public static JsonSerializerOptions Columns { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    public Guid Id => run.RunId;

    public string Name => run.RunName;

    public Guid? BatchId => run.BatchId;

    public string Mode => run.Scope.Mode;

    public string Scope => run.Scope.Scope;

    public string? Aggregation => run.Scope.Aggregation;

    public string ModelType => run.Scope.ModelType;

    public string ModelId => run.Scope.ModelId;

    public IReadOnlyList<string> Devices => run.Scope.Devices;

    // Inside a column names are as everywhere on the wire.
    public JsonElement Parameters => JsonSerializer.SerializeToElement(run.Parameters, JsonSerializerOptions.Web);

    public JsonElement ParameterSources => JsonSerializer.SerializeToElement(planned.Resolved.Sources, JsonSerializerOptions.Web);

    public string Origin => planned.Origin;

    public int? ChampionVersion => run.Champion?.Version;

    public DateTime At => run.RequestedAt.UtcDateTime;
}
