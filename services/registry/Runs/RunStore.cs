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
    /// <summary>Adds a queued run; false when its model already has an active one.</summary>
    /// <exception cref="RunNameTakenException">The transaction is unusable then.</exception>
    public static async Task<bool> Add(NpgsqlConnection connection, NpgsqlTransaction transaction, PrepareTraining run, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO run (id, name, batch_id, mode, scope, aggregation, model_type, model_id, devices, parameters, champion_version,
                             state, created_at, progressed_at)
            VALUES (@RunId, @RunName, @BatchId, @Mode, @Scope, @Aggregation, @ModelType, @ModelId, @devices, @Parameters::jsonb, @championVersion,
                    'queued', @at, @at)
            ON CONFLICT (model_id) WHERE state IN ('queued', 'preparing', 'running') DO NOTHING
            """;

        var values = new
        {
            run.RunId,
            run.RunName,
            run.BatchId,
            run.Scope.Mode,
            run.Scope.Scope,
            run.Scope.Aggregation,
            run.Scope.ModelType,
            run.Scope.ModelId,
            devices = run.Scope.Devices.ToArray(),
            run.Parameters,
            championVersion = run.Champion?.Version,
            at = run.RequestedAt.UtcDateTime,
        };
        try
        {
            return await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken)) == 1;
        }
        catch (PostgresException exception) when (exception is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "run_name" })
        {
            throw new RunNameTakenException(run.RunName);
        }
    }

    public async Task<Run?> Find(string idOrName, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT id, name, batch_id, mode, scope, aggregation, model_type, model_id, devices, parameters, champion_version,
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
