using Dapper;
using Npgsql;

namespace Platform.Registry.Retention;

/// <summary>
/// What becomes of the folders of runs. Configuration, metadata, logs and results of a run stay for good: they are small and say how a
/// version came to be. What only an active run needs goes after the grace, and with a deleted version the other copies of its weights.
/// </summary>
internal sealed class RunTrim(NpgsqlDataSource dataSource, FolderRemoval removal)
{
    // Checkpoints to resume from, the copy of the package that became a version, and the files that were handed in for an import.
    private static readonly string[] WorkingFolders = ["checkpoints/checkpoint-", "package/", "import/"];
    private static readonly string[] WeightsFolders = ["checkpoints/best-", "model/pytorch_model.bin"];

    public static bool IsWorking(ReadOnlySpan<char> path) => StartsWithAny(path, WorkingFolders);

    public static bool IsWeights(ReadOnlySpan<char> path) => StartsWithAny(path, WeightsFolders);

    /// <summary>What the registry knows of the runs whose folders were listed; a folder that is not among them is of no run.</summary>
    public async Task<IReadOnlyDictionary<string, KnownRun>> Known(IReadOnlyCollection<StoredFolder> folders, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT run.name, run.ended_at, EXISTS (
                SELECT FROM model_version v WHERE v.run_id = run.id AND v.swept_at IS NOT NULL) AS version_gone
            FROM run
            WHERE run.name = ANY (@names)
            """;

        string[] names = [.. folders.Select(folder => NameOf(folder))];
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<KnownRun>(new CommandDefinition(sql, new { names }, cancellationToken: cancellationToken));
        return rows.ToDictionary(run => run.Name, StringComparer.Ordinal);
    }

    /// <summary>What of the folder may go.</summary>
    public static (int Objects, long Bytes) Due(StoredFolder folder, KnownRun run, DateTime endedBefore)
    {
        var working = run.EndedAt <= endedBefore ? folder.Working : default;
        var weights = run.VersionGone ? folder.Weights : default;
        return (working.Objects + weights.Objects, working.Bytes + weights.Bytes);
    }

    public Task<(int Objects, long Bytes)> Trim(StoredFolder folder, KnownRun run, DateTime endedBefore, CancellationToken cancellationToken) =>
        removal.Remove(
            folder.Prefix,
            path => (run.EndedAt <= endedBefore && IsWorking(path)) || (run.VersionGone && IsWeights(path)),
            cancellationToken);

    public static string NameOf(StoredFolder folder) => folder.Prefix["runs/".Length..];

    private static bool StartsWithAny(ReadOnlySpan<char> path, string[] beginnings)
    {
        foreach (var beginning in beginnings)
        {
            if (path.StartsWith(beginning, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}

/// <param name="VersionGone">The objects of its version were swept.</param>
internal sealed record KnownRun(string Name, DateTime? EndedAt, bool VersionGone);
