using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Features.Datasets;

/// <summary>Datasets that stand in the object store, and which run got which.</summary>
internal sealed class DatasetStore(NpgsqlDataSource dataSource, IOutbox outbox, TimeProvider time)
{
    public async Task<RunDataset?> FindFor(Guid runId, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT run_id, run_dataset.dataset_id, manifest_sha256, reason, available
            FROM run_dataset LEFT JOIN dataset USING (dataset_id)
            WHERE run_id = @runId
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<RunDataset>(
            new CommandDefinition(sql, new { runId }, cancellationToken: cancellationToken));
    }

    /// <summary>Keeps a dataset's recordings; a second call for the same one changes nothing.</summary>
    public async Task Keep(DatasetManifest dataset, string manifestSha256, CancellationToken cancellationToken)
    {
        const string datasetSql = """
            INSERT INTO dataset (dataset_id, manifest_sha256, patches, created_at)
            VALUES (@Id, @manifestSha256, @PatchCount, @now)
            ON CONFLICT (dataset_id) DO NOTHING
            """;
        const string recordingsSql = """
            INSERT INTO dataset_recording (dataset_id, recording_id)
            SELECT @Id, unnest(@recordings)
            ON CONFLICT DO NOTHING
            """;

        var values = new
        {
            dataset.Id,
            dataset.PatchCount,
            manifestSha256,
            now = time.GetUtcNow().UtcDateTime,
            recordings = dataset.Recordings.Select(recording => recording.RecordingId).ToArray(),
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(datasetSql, values, transaction, cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(recordingsSql, values, transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Settles what a run is answered with; of two instances that settle it, the first one counts for both.</summary>
    public async Task<RunDataset> Settle(RunDataset answer, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO run_dataset (run_id, dataset_id, reason, available, created_at)
            VALUES (@RunId, @DatasetId, @Reason, @Available, @now)
            ON CONFLICT (run_id) DO NOTHING
            """;

        var values = new { answer.RunId, answer.DatasetId, answer.Reason, answer.Available, now = time.GetUtcNow().UtcDateTime };
        await using (var connection = await dataSource.OpenConnectionAsync(cancellationToken))
            await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return (await FindFor(answer.RunId, cancellationToken))!;
    }

    /// <summary>Through the outbox, because that waits until somebody listens: a plant may start its first trainer later.</summary>
    public async Task Announce(PrepareTraining run, RunDataset answer, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (answer.DatasetId is { } datasetId)
        {
            await outbox.Enqueue(connection, transaction, new TrainRequested(
                run.RunId, run.RunName, run.BatchId, run.Scope, run.Parameters, run.Champion, datasetId, DatasetManifest.KeyOf(datasetId),
                answer.ManifestSha256!, Slice: 0, Attempt: 0, time.GetUtcNow()), cancellationToken);
        }
        else
        {
            await outbox.Enqueue(connection, transaction, new TrainingNotPossible(
                run.RunId, answer.Reason!, answer.Available, run.Parameters.MinSamples, time.GetUtcNow()), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }
}
