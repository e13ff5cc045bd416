using System.Text.Json;
using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Registry.Models;

internal sealed class VersionStore(NpgsqlDataSource dataSource)
{
    /// <summary>
    /// Gives the run's model its next version number, in state <c>publishing</c>. The counter's row lock serialises writers, and
    /// a rolled-back transaction gives its number back: no gaps.
    /// </summary>
    /// <param name="atLeast">Numbers below it are passed over: packages that no row knows stand under them.</param>
    public static Task<int> Reserve(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Guid runId, DateTime now, CancellationToken cancellationToken, int atLeast = 1)
    {
        const string sql = """
            WITH counted AS (
                INSERT INTO model (model_id, mode, scope, aggregation, model_type, last_version, created_at)
                SELECT model_id, mode, scope, aggregation, model_type, @atLeast, @now FROM run WHERE id = @runId
                ON CONFLICT (model_id) DO UPDATE SET last_version = greatest(model.last_version + 1, @atLeast)
                RETURNING model_id, last_version
            )
            INSERT INTO model_version (model_id, version, run_id, state, devices, created_at)
            SELECT counted.model_id, counted.last_version, run.id, 'publishing', run.devices, @now
            FROM counted JOIN run ON run.id = @runId
            RETURNING version
            """;

        return connection.QuerySingleAsync<int>(
            new CommandDefinition(sql, new { runId, now, atLeast }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Writes what the gate decided; false when the version is not being published any more.</summary>
    public static async Task<bool> Conclude(
        NpgsqlConnection connection, NpgsqlTransaction transaction, PublishedVersion version, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE model_version
            SET state = CASE WHEN @Accepted THEN 'registered' ELSE 'rejected' END,
                accepted = @Accepted, reason = @Reason, label = @Label, dataset_id = @DatasetId, spec_hash = @SpecHash, architecture = @Architecture,
                package_prefix = @PackagePrefix, package_manifest_sha256 = @PackageManifestSha256, thresholds = @thresholds::jsonb,
                new_error_db2 = @NewErrorDb2, old_error_db2 = @OldErrorDb2, compared_with_version = @ComparedWithVersion,
                parent_version = @ParentVersion, size_bytes = @SizeBytes, training = @Training::json, registered_at = @RegisteredAt
            WHERE model_id = @ModelId AND version = @Version AND state = 'publishing'
            """;

        var values = new DynamicParameters(version);
        values.Add("thresholds", JsonSerializer.Serialize(version.Thresholds, JsonSerializerOptions.Web));
        return await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken)) == 1;
    }

    /// <summary>Label, spec and architecture of the latest version before that was registered or rejected with a package; null for the first.</summary>
    public static Task<LabelledVersion?> Predecessor(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string modelId, int version, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT label, spec_hash, architecture
            FROM model_version
            WHERE model_id = @modelId AND version < @version AND label IS NOT NULL
            ORDER BY version DESC
            LIMIT 1
            """;

        return connection.QuerySingleOrDefaultAsync<LabelledVersion>(
            new CommandDefinition(sql, new { modelId, version }, transaction, cancellationToken: cancellationToken));
    }

    public static Task AddEvent(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string modelId, VersionEvent happened, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO version_history (model_id, version, state, at, actor, reason)
            VALUES (@modelId, @Version, @State, @At, @Actor, @Reason)
            """;

        var values = new DynamicParameters(happened);
        values.Add("modelId", modelId);
        return connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }

    public static Task<ModelVersion?> Find(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, string modelId, int version, CancellationToken cancellationToken)
    {
        const string sql = $"""
            SELECT {ModelVersion.Columns}
            FROM model_version v JOIN run ON run.id = v.run_id
            WHERE v.model_id = @modelId AND v.version = @version
            """;

        return connection.QuerySingleOrDefaultAsync<ModelVersion>(
            new CommandDefinition(sql, new { modelId, version }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Oldest first.</summary>
    /// <param name="version">Null for all of the model.</param>
    public async Task<IReadOnlyList<VersionEvent>> History(string modelId, int version, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT version, state, at, actor, reason
            FROM version_history
            WHERE model_id = @modelId AND version = @version
            ORDER BY id
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<VersionEvent>(
            new CommandDefinition(sql, new { modelId, version }, cancellationToken: cancellationToken));
        return rows.AsList();
    }
}

/// <summary>What <see cref="VersionStore.Conclude"/> writes about a version whose package stands.</summary>
internal sealed record PublishedVersion(
    string ModelId,
    int Version,
    bool Accepted,
    string Reason,
    string Label,
    string? DatasetId,
    string SpecHash,
    string Architecture,
    string PackagePrefix,
    string PackageManifestSha256,
    IReadOnlyList<DeviceThreshold> Thresholds,
    double? NewErrorDb2,
    double? OldErrorDb2,
    int? ComparedWithVersion,
    int? ParentVersion,
    long SizeBytes,
    string? Training,
    DateTime RegisteredAt);

internal sealed record LabelledVersion(string Label, string SpecHash, string Architecture);
