using Dapper;
using Npgsql;
using Platform.Dsp;

namespace Platform.Features.Datasets;

/// <summary>Datasets that are planned or written, with what each recording is in them.</summary>
internal sealed class DatasetStore(NpgsqlDataSource dataSource, TimeProvider time)
{
    private const string Trained = "trained";
    private const string ScreenedOut = "screened_out";
    private const string NotDrawn = "not_drawn";

    /// <summary>Keeps what a dataset is made of, before it is written; a second call for the same one changes nothing.</summary>
    public async Task Plan(DatasetManifest plan, DatasetChoice choice, CancellationToken cancellationToken)
    {
        const string datasetSql = """
            INSERT INTO dataset (dataset_id, patches, created_at)
            VALUES (@Id, @PatchCount, @now)
            ON CONFLICT (dataset_id) DO NOTHING
            """;
        const string recordingsSql = """
            INSERT INTO dataset_recording (dataset_id, recording_id, device, part)
            SELECT @Id, recording_id, device, given.part
            FROM unnest(@ids, @parts) AS given (recording_id, part) JOIN recording USING (recording_id)
            ON CONFLICT DO NOTHING
            """;

        (Guid Id, string Part)[] parts =
        [
            .. choice.Chosen.Select(set => (set.RecordingId, Trained)),
            .. (choice.Screen?.ScreenedOut ?? []).Select(one => (one.RecordingId, ScreenedOut)),
            .. choice.NotDrawn.Select(id => (id, NotDrawn)),
        ];
        var values = new
        {
            plan.Id,
            plan.PatchCount,
            now = time.GetUtcNow().UtcDateTime,
            ids = parts.Select(one => one.Id).ToArray(),
            parts = parts.Select(one => one.Part).ToArray(),
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(datasetSql, values, transaction, cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(recordingsSql, values, transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The dataset's manifest stands in the store.</summary>
    public async Task Complete(string datasetId, string manifestSha256, CancellationToken cancellationToken)
    {
        const string sql = "UPDATE dataset SET manifest_sha256 = @manifestSha256 WHERE dataset_id = @datasetId";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, new { datasetId, manifestSha256 }, cancellationToken: cancellationToken));
    }

    /// <summary>Shards that somebody has written, by their index.</summary>
    public async Task<IReadOnlyDictionary<int, WrittenShard>> ShardsOf(string datasetId, CancellationToken cancellationToken)
    {
        const string sql = "SELECT shard, size_bytes, sha256 FROM dataset_shard WHERE dataset_id = @datasetId";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<WrittenShard>(new CommandDefinition(sql, new { datasetId }, cancellationToken: cancellationToken));
        return rows.ToDictionary(row => row.Shard);
    }

    /// <summary>Keeps what stands in the store now; the last one to write a shard is right, because its object is the one that stands.</summary>
    public async Task KeepShard(string datasetId, WrittenShard shard, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO dataset_shard (dataset_id, shard, size_bytes, sha256)
            VALUES (@datasetId, @Shard, @SizeBytes, @Sha256)
            ON CONFLICT (dataset_id, shard) DO UPDATE SET size_bytes = excluded.size_bytes, sha256 = excluded.sha256
            """;

        var values = new { datasetId, shard.Shard, shard.SizeBytes, shard.Sha256 };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
    }
}

/// <summary>A shard whose object was stored, as it was then.</summary>
internal sealed record WrittenShard(int Shard, long SizeBytes, string Sha256);
