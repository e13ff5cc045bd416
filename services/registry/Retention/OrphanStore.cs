using Dapper;
using Npgsql;

namespace Platform.Registry.Retention;

/// <summary>Folders that no row knows, since when, and which of them have been so for long enough.</summary>
internal sealed class OrphanStore(NpgsqlDataSource dataSource)
{
    /// <summary>Notes folders of one page. What was written to since it was first seen counts as seen for the first time.</summary>
    public async Task Note(IReadOnlyCollection<StoredFolder> orphans, DateTime now, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO retention_orphan (prefix, first_seen, last_seen, newest_at, objects, bytes)
            SELECT prefix, @now, @now, newest_at, objects, bytes
            FROM unnest(@prefixes, @newest, @counts, @sizes) AS listed(prefix, newest_at, objects, bytes)
            ON CONFLICT (prefix) DO UPDATE
            SET first_seen = CASE WHEN retention_orphan.first_seen < excluded.newest_at THEN excluded.first_seen ELSE retention_orphan.first_seen END,
                last_seen = excluded.last_seen, newest_at = excluded.newest_at, objects = excluded.objects, bytes = excluded.bytes
            """;

        var values = new
        {
            now,
            prefixes = orphans.Select(folder => folder.Prefix).ToArray(),
            newest = orphans.Select(folder => folder.NewestAt.UtcDateTime).ToArray(),
            counts = orphans.Select(folder => folder.Objects).ToArray(),
            sizes = orphans.Select(folder => folder.Bytes).ToArray(),
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
    }

    /// <summary>Since when each of the folders has been known as an orphan; those that are new are not among them.</summary>
    public async Task<IReadOnlyDictionary<string, DateTime>> FirstSeen(IReadOnlyCollection<StoredFolder> folders, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT o.prefix, o.first_seen
            FROM unnest(@prefixes, @newest) AS listed(prefix, newest_at)
            JOIN retention_orphan o ON o.prefix = listed.prefix AND o.first_seen >= listed.newest_at
            """;

        var values = new
        {
            prefixes = folders.Select(folder => folder.Prefix).ToArray(),
            newest = folders.Select(folder => folder.NewestAt.UtcDateTime).ToArray(),
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(string Prefix, DateTime FirstSeen)>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return rows.ToDictionary(row => row.Prefix, row => row.FirstSeen, StringComparer.Ordinal);
    }

    /// <summary>Forgets what the listing that began at this time did not show any more, or showed with an owner.</summary>
    public async Task Forget(DateTime listedFrom, CancellationToken cancellationToken)
    {
        const string sql = "DELETE FROM retention_orphan WHERE last_seen < @listedFrom";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, new { listedFrom }, cancellationToken: cancellationToken));
    }

    public async Task Forget(string prefix, CancellationToken cancellationToken)
    {
        const string sql = "DELETE FROM retention_orphan WHERE prefix = @prefix";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, new { prefix }, cancellationToken: cancellationToken));
    }
}
