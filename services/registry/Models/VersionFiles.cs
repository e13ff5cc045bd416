using Dapper;
using Npgsql;
using Platform.Hosting;

namespace Platform.Registry.Models;

/// <summary>A file of a version's package, by its path within it.</summary>
internal sealed record VersionFile(string Path, long SizeBytes, string Sha256);

/// <summary>The files of each version as its manifest names them: what can be checked after the package was copied elsewhere, or deleted.</summary>
internal sealed class VersionFiles(NpgsqlDataSource dataSource)
{
    public static Task Add(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        string modelId,
        int version,
        IReadOnlyList<ArtifactFile> files,
        CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO version_file (model_id, version, path, size_bytes, sha256)
            SELECT @modelId, @version, path, size_bytes, sha256 FROM unnest(@paths, @sizes, @hashes) AS file (path, size_bytes, sha256)
            """;

        var values = new
        {
            modelId,
            version,
            paths = files.Select(file => file.Path).ToArray(),
            sizes = files.Select(file => file.Size).ToArray(),
            hashes = files.Select(file => file.Sha256).ToArray(),
        };
        return connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }

    public async Task<IReadOnlyList<VersionFile>> Of(string modelId, int version, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT path, size_bytes, sha256 FROM version_file WHERE model_id = @modelId AND version = @version ORDER BY path COLLATE "C"
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<VersionFile>(
            new CommandDefinition(sql, new { modelId, version }, cancellationToken: cancellationToken));
        return rows.AsList();
    }
}
