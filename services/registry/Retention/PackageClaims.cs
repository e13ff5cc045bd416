using Dapper;
using Npgsql;

namespace Platform.Registry.Retention;

/// <summary>What the rows say about a folder of a version.</summary>
/// <param name="Claimed">A package stands there or is being written.</param>
/// <param name="DeletedAt">Marked, and its objects are not noted as gone.</param>
internal sealed record PackageClaim(string Prefix, bool Claimed, DateTime? DeletedAt);

/// <summary>Compares packages in the store with rows, a page at a time.</summary>
internal sealed class PackageClaims(NpgsqlDataSource dataSource)
{
    /// <summary>By prefix; a folder that is not among them, or is neither claimed nor marked, belongs to nobody.</summary>
    public async Task<IReadOnlyDictionary<string, PackageClaim>> Claims(IReadOnlyCollection<StoredFolder> folders, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT listed.prefix,
                   v.state = 'publishing' OR (v.state <> 'deleted' AND v.package_manifest_sha256 IS NOT NULL) AS claimed,
                   CASE WHEN v.swept_at IS NULL THEN v.deleted_at END AS deleted_at
            FROM unnest(@prefixes, @models, @versions) AS listed(prefix, model_id, version)
            JOIN model_version v ON v.model_id = listed.model_id AND v.version = listed.version
            """;

        var packages = folders.Where(folder => folder.ModelId is not null).ToList();
        var values = new
        {
            prefixes = packages.Select(folder => folder.Prefix).ToArray(),
            models = packages.Select(folder => folder.ModelId!).ToArray(),
            versions = packages.Select(folder => folder.Version).ToArray(),
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<PackageClaim>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return rows.ToDictionary(claim => claim.Prefix, StringComparer.Ordinal);
    }

    /// <summary>Prefixes of all packages that rows claim and that stood before a time, in no order.</summary>
    public async IAsyncEnumerable<string> Claimed(
        DateTime before, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT package_prefix
            FROM model_version
            WHERE state NOT IN ('publishing', 'deleted') AND package_manifest_sha256 IS NOT NULL AND registered_at < @before
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await foreach (var prefix in connection.QueryUnbufferedAsync<string>(sql, new { before }).WithCancellation(cancellationToken))
            yield return prefix;
    }

    /// <summary>Whether a row still says that a package stands there.</summary>
    public async Task<bool> IsClaimed(string prefix, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT EXISTS (SELECT FROM model_version WHERE package_prefix = @prefix AND state NOT IN ('publishing', 'deleted'))
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(sql, new { prefix }, cancellationToken: cancellationToken));
    }
}
