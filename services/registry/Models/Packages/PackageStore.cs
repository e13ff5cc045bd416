using Dapper;
using Npgsql;

namespace Platform.Registry.Models.Packages;

/// <summary>Where the package of a version stands, and when it was registered.</summary>
internal sealed record StoredPackage(string Prefix, string ManifestSha256, DateTime RegisteredAt);

internal sealed class PackageStore(NpgsqlDataSource dataSource)
{
    /// <summary>Null when there is no such version or it has no package.</summary>
    public async Task<StoredPackage?> Find(string modelId, int version, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT package_prefix AS prefix, package_manifest_sha256 AS manifest_sha256, registered_at
            FROM model_version
            WHERE model_id = @modelId AND version = @version AND state IN ('registered', 'deployed', 'archived', 'rejected')
                AND package_manifest_sha256 IS NOT NULL
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<StoredPackage>(
            new CommandDefinition(sql, new { modelId, version }, cancellationToken: cancellationToken));
    }
}
