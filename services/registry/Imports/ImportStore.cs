using Dapper;
using Npgsql;

namespace Platform.Registry.Imports;

/// <summary>What is known about a run that imports.</summary>
/// <param name="Version">The number to keep; null for the next one.</param>
internal sealed record ModelImport(Guid RunId, string ModelId, int? Version, string ContentSha256, string Source, string Actor);

/// <summary>A version or an active run that has the same content as an import.</summary>
internal sealed record SameContent(Guid RunId, string RunState, int? Version);

/// <summary>What stands under a number.</summary>
internal sealed record StandingVersion(int Version, string State, Guid RunId, DateTime CreatedAt, string? PackageManifestSha256);

internal sealed class ImportStore(NpgsqlDataSource dataSource)
{
    public static Task Add(NpgsqlConnection connection, NpgsqlTransaction transaction, ModelImport import, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO model_import (run_id, model_id, version, content_sha256, source, actor)
            VALUES (@RunId, @ModelId, @Version, @ContentSha256, @Source, @Actor)
            """;

        return connection.ExecuteAsync(new CommandDefinition(sql, import, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Null when the run trains.</summary>
    public static Task<ModelImport?> Find(NpgsqlConnection connection, NpgsqlTransaction transaction, Guid runId, CancellationToken cancellationToken)
    {
        const string sql = "SELECT run_id, model_id, version, content_sha256, source, actor FROM model_import WHERE run_id = @runId";

        return connection.QuerySingleOrDefaultAsync<ModelImport>(
            new CommandDefinition(sql, new { runId }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>It waits for a trainer from its first moment, which the watchdog must not take for silence.</summary>
    public static Task MarkWaiting(NpgsqlConnection connection, NpgsqlTransaction transaction, Guid runId, CancellationToken cancellationToken)
    {
        const string sql = "UPDATE run SET phase = 'waiting', sequence = 0, slice = 0, attempt = 0 WHERE id = @runId";

        return connection.ExecuteAsync(new CommandDefinition(sql, new { runId }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>
    /// Gives the run's model the number that the import has; later numbers go on after the highest. Null when the number is given already.
    /// The counter's row lock serialises this with every other writer of numbers.
    /// </summary>
    public static async Task<int?> Reserve(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Guid runId, int version, DateTime now, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH counted AS (
                INSERT INTO model (model_id, mode, scope, aggregation, model_type, last_version, created_at)
                SELECT model_id, mode, scope, aggregation, model_type, @version, @now FROM run WHERE id = @runId
                ON CONFLICT (model_id) DO UPDATE SET last_version = greatest(model.last_version, @version)
                RETURNING model_id
            )
            INSERT INTO model_version (model_id, version, run_id, state, devices, created_at)
            SELECT counted.model_id, @version, run.id, 'publishing', run.devices, @now
            FROM counted JOIN run ON run.id = @runId
            ON CONFLICT (model_id, version) DO NOTHING
            RETURNING version
            """;

        return await connection.QuerySingleOrDefaultAsync<int?>(
            new CommandDefinition(sql, new { runId, version, now }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>What came of the same files before: an active run, or a version that still has its package.</summary>
    /// <param name="version">Null when any will do.</param>
    /// <param name="packageSha256">Of a package that was exported and comes back; null for none.</param>
    public async Task<SameContent?> FindSame(
        string modelId, int? version, string contentSha256, string? packageSha256, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT run.id AS run_id, run.state AS run_state, v.version
            FROM run
            LEFT JOIN model_import i ON i.run_id = run.id
            LEFT JOIN model_version v ON v.run_id = run.id
            WHERE run.model_id = @modelId
                AND (i.content_sha256 = @contentSha256 OR v.package_manifest_sha256 = @packageSha256)
                AND (run.state IN ('queued', 'preparing', 'running') OR v.state IN ('registered', 'deployed', 'archived', 'rejected'))
                AND (@version::int IS NULL OR coalesce(v.version, i.version) = @version)
            ORDER BY v.version DESC NULLS LAST
            LIMIT 1
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<SameContent>(
            new CommandDefinition(sql, new { modelId, version, contentSha256, packageSha256 }, cancellationToken: cancellationToken));
    }

    public async Task<StandingVersion?> FindVersion(string modelId, int version, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT version, state, run_id, created_at, package_manifest_sha256
            FROM model_version
            WHERE model_id = @modelId AND version = @version
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<StandingVersion>(
            new CommandDefinition(sql, new { modelId, version }, cancellationToken: cancellationToken));
    }
}
