using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Registry.Runs;

/// <summary>The version reserved for an active run, if any.</summary>
internal sealed record HeldRun(int? Version);

/// <summary>The steps of a run on its way to a version, inside the registration's transactions.</summary>
internal static class RunRegistration
{
    /// <summary>Locks an active run until the transaction ends; null when it is not active.</summary>
    public static Task<HeldRun?> Hold(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Guid runId, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT version FROM run WHERE id = @runId AND state IN ('queued', 'preparing', 'running') FOR UPDATE
            """;

        return connection.QuerySingleOrDefaultAsync<HeldRun>(
            new CommandDefinition(sql, new { runId }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>From here on the run can no longer be cancelled or failed by its trainer. Publishing counts as progress.</summary>
    public static Task Bind(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Guid runId, int version, DateTime now, CancellationToken cancellationToken)
    {
        const string sql = "UPDATE run SET version = @version, progressed_at = @now WHERE id = @runId";

        return connection.ExecuteAsync(
            new CommandDefinition(sql, new { runId, version, now }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>False when the run has ended already.</summary>
    public static async Task<bool> Complete(
        NpgsqlConnection connection, NpgsqlTransaction transaction, TrainingCompleted completed, DateTime now, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE run
            SET state = 'completed', ended_at = @now, progressed_at = @now, started_at = coalesce(started_at, @now),
                epochs = @Epochs, steps = @Steps, patches = @Patches, recordings = @Recordings, training_seconds = @TrainingSeconds,
                training_loss = coalesce(@TrainingLoss, training_loss), validation_loss = coalesce(@ValidationLoss, validation_loss)
            WHERE id = @RunId AND state IN ('queued', 'preparing', 'running')
            """;

        var values = new
        {
            completed.RunId,
            now,
            completed.Epochs,
            completed.Steps,
            completed.Patches,
            completed.Recordings,
            completed.TrainingSeconds,
            completed.TrainingLoss,
            completed.ValidationLoss,
        };
        return await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken)) == 1;
    }
}
