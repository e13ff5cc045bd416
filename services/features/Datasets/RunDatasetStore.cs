using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Features.Datasets;

/// <summary>Which run gets which dataset, which message works on it, and the answer to the run.</summary>
internal sealed class RunDatasetStore(NpgsqlDataSource dataSource, IOutbox outbox, TimeProvider time)
{
    public async Task<RunDataset?> Find(Guid runId, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT run_id, run_dataset.dataset_id, manifest_sha256, reason, available, answered
            FROM run_dataset LEFT JOIN dataset USING (dataset_id)
            WHERE run_id = @runId
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<RunDataset>(
            new CommandDefinition(sql, new { runId }, cancellationToken: cancellationToken));
    }

    /// <summary>
    /// Settles what a run gets, with the datasets that the model it starts from has seen. Of two instances that settle it, the first one
    /// counts for both.
    /// </summary>
    public async Task<RunDataset> Settle(RunDataset answer, string[] baseDatasets, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO run_dataset (run_id, dataset_id, reason, available, answered, base_datasets, created_at)
            VALUES (@RunId, @DatasetId, @Reason, @Available, @Answered, @baseDatasets, @now)
            ON CONFLICT (run_id) DO NOTHING
            """;

        var values = new { answer.RunId, answer.DatasetId, answer.Reason, answer.Available, answer.Answered, baseDatasets, now = time.GetUtcNow().UtcDateTime };
        await using (var connection = await dataSource.OpenConnectionAsync(cancellationToken))
            await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return (await Find(answer.RunId, cancellationToken))!;
    }

    /// <summary>The run's dataset stands in the store.</summary>
    public async Task Complete(Guid runId, CancellationToken cancellationToken)
    {
        const string sql = "UPDATE run_dataset SET answered = true WHERE run_id = @runId AND NOT answered";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, new { runId }, cancellationToken: cancellationToken));
    }

    /// <summary>The run's dataset cannot be written after all; an answer that was given stays.</summary>
    public async Task Refuse(Guid runId, string reason, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE run_dataset SET dataset_id = NULL, reason = @reason, answered = true
            WHERE run_id = @runId AND NOT answered
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, new { runId, reason }, cancellationToken: cancellationToken));
    }

    /// <summary>
    /// True for the first message that comes with a slice, however often it is delivered; false for others with the same slice, and once a
    /// later slice was claimed. So a crash between two messages never leaves two chains of them.
    /// </summary>
    public async Task<bool> Claim(Guid runId, int slice, Guid messageId, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE run_dataset SET slice = @slice, claimed_by = @messageId
            WHERE run_id = @runId AND (slice < @slice OR slice = @slice AND coalesce(claimed_by, @messageId) = @messageId)
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(
            new CommandDefinition(sql, new { runId, slice, messageId }, cancellationToken: cancellationToken)) == 1;
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
