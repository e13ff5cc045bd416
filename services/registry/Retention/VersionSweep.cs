using Dapper;
using Npgsql;

namespace Platform.Registry.Retention;

/// <summary>Deletes the objects of versions that were marked a grace ago, and then notes that they are gone.</summary>
/// <remarks>The note comes last: after a crash anywhere the next sweep deletes what is left.</remarks>
internal sealed class VersionSweep(NpgsqlDataSource dataSource, FolderRemoval removal, TimeProvider time)
{
    private const int VersionsAtOnce = 500;

    // The store's round trips are what takes long; more than this would crowd out its other users.
    public const int DeletionsAtOnce = 8;

    public async Task Sweep(RetentionPlan plan, CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow().UtcDateTime - plan.Grace;
        while (await Due(before, cancellationToken) is { Count: > 0 } due)
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = DeletionsAtOnce, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(due, options, async (version, token) =>
            {
                await removal.Remove($"models/{version.ModelId}/v{version.Version}", token);
                await NoteSwept(version, token);
            });
        }
    }

    private async Task<IReadOnlyList<MarkedVersion>> Due(DateTime before, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT model_id, version
            FROM model_version
            WHERE state = 'deleted' AND swept_at IS NULL AND deleted_at <= @before
            ORDER BY deleted_at
            LIMIT @VersionsAtOnce
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<MarkedVersion>(
            new CommandDefinition(sql, new { before, VersionsAtOnce }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    private async Task NoteSwept(MarkedVersion version, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE model_version SET swept_at = @now
            WHERE model_id = @ModelId AND version = @Version AND state = 'deleted' AND swept_at IS NULL
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            sql, new { version.ModelId, version.Version, now = time.GetUtcNow().UtcDateTime }, cancellationToken: cancellationToken));
    }
}
