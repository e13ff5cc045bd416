using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Registry.Runs;

/// <summary>Keeps what a run reports about itself while it is active.</summary>
internal sealed class RunProgressStore(NpgsqlDataSource dataSource, TimeProvider time)
{
    private static readonly string[] PhasesInOrder =
        [TrainingPhases.Preparing, TrainingPhases.Waiting, TrainingPhases.Training, TrainingPhases.Evaluating, TrainingPhases.Packaging];

    /// <summary>Applies a report; false when the run has ended (or is unknown), and then nothing has changed.</summary>
    public async Task<bool> Apply(TrainingProgressed report, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (!await MarkAlive(connection, transaction, report.RunId, cancellationToken))
            return false;
        await Advance(connection, transaction, report, cancellationToken);
        // Before the first epoch trainers only say that they have begun.
        if (report is { Phase: TrainingPhases.Training, Epoch: > 0 })
            await KeepEpoch(connection, transaction, report, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Notes that a slice waits for a free trainer, unless one was faster and has reported already.</summary>
    public async Task Wait(TrainRequested slice, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE run
            SET phase = 'waiting', sequence = @sequence, slice = @Slice, attempt = @Attempt, host = NULL, patches_per_second = 0,
                progressed_at = greatest(progressed_at, @now)
            WHERE id = @RunId AND state IN ('queued', 'preparing', 'running')
                AND (phase IS NULL OR phase = 'preparing' OR sequence < @sequence)
            """;

        // The number that the trainer's first report of this slice has.
        var values = new { slice.RunId, slice.Slice, slice.Attempt, sequence = slice.Slice * 1_000_000L, now = time.GetUtcNow().UtcDateTime };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
    }

    /// <summary>
    /// A slice that is done again after a crash repeats lower sequences. They do not turn the shown progress back, but they do
    /// show that somebody works on the run. By our clock: the worker's may be wrong.
    /// </summary>
    private async Task<bool> MarkAlive(NpgsqlConnection connection, NpgsqlTransaction transaction, Guid runId, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE run
            SET progressed_at = greatest(progressed_at, @now)
            WHERE id = @runId AND state IN ('queued', 'preparing', 'running')
            """;

        return await connection.ExecuteAsync(new CommandDefinition(
            sql, new { runId, now = time.GetUtcNow().UtcDateTime }, transaction, cancellationToken: cancellationToken)) == 1;
    }

    private async Task Advance(
        NpgsqlConnection connection, NpgsqlTransaction transaction, TrainingProgressed report, CancellationToken cancellationToken)
    {
        // Reports are consumed side by side, so they arrive in any order. Features numbers its own while preparing and the trainer
        // from zero again; evaluating and packaging repeat the last step's number. Hence: preparing or after, sequence, phase.
        const string sql = """
            UPDATE run
            SET state = CASE WHEN @preparing THEN 'preparing' ELSE 'running' END,
                phase = @Phase, sequence = @Sequence, slice = @Slice, attempt = @Attempt, epoch = @Epoch, step = @Step, max_steps = @MaxSteps,
                training_loss = @TrainingLoss, validation_loss = @ValidationLoss, patches_per_second = @PatchesPerSecond, host = @Host,
                started_at = coalesce(started_at, @now)
            WHERE id = @RunId AND (phase IS NULL OR
                (phase <> 'preparing', sequence, array_position(@phases, phase)) <= (NOT @preparing, @Sequence, array_position(@phases, @Phase)))
            """;

        var values = new DynamicParameters(report);
        values.Add("preparing", report.Phase == TrainingPhases.Preparing);
        values.Add("phases", PhasesInOrder);
        values.Add("now", time.GetUtcNow().UtcDateTime);
        await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }

    private static async Task KeepEpoch(
        NpgsqlConnection connection, NpgsqlTransaction transaction, TrainingProgressed report, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO run_epoch (run_id, epoch, step, slice, sequence, training_loss, validation_loss, patches_per_second, at)
            VALUES (@RunId, @Epoch, @Step, @Slice, @Sequence, @TrainingLoss, @ValidationLoss, @PatchesPerSecond, @at)
            ON CONFLICT (run_id, epoch) DO UPDATE
            SET step = excluded.step, slice = excluded.slice, sequence = excluded.sequence, training_loss = excluded.training_loss,
                validation_loss = excluded.validation_loss, patches_per_second = excluded.patches_per_second, at = excluded.at
            WHERE run_epoch.sequence <= excluded.sequence
            """;

        var values = new
        {
            report.RunId,
            report.Epoch,
            report.Step,
            report.Slice,
            report.Sequence,
            report.TrainingLoss,
            report.ValidationLoss,
            report.PatchesPerSecond,
            at = report.At.UtcDateTime,
        };
        await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }

    /// <param name="after">Only later epochs; -1 for all.</param>
    public async Task<IReadOnlyList<EpochRow>> Epochs(Guid runId, int after, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT epoch, step, slice, training_loss, validation_loss, patches_per_second, at
            FROM run_epoch
            WHERE run_id = @runId AND epoch > @after
            ORDER BY epoch
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<EpochRow>(new CommandDefinition(sql, new { runId, after }, cancellationToken: cancellationToken));
        return rows.AsList();
    }
}

/// <summary>The last report of one epoch of a run.</summary>
internal sealed record EpochRow(
    int Epoch, int Step, int Slice, double? TrainingLoss, double? ValidationLoss, double PatchesPerSecond, DateTime At);
