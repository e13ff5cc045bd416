using Dapper;
using MassTransit;
using Npgsql;
using Platform.Contracts;
using Platform.Features.Absorbing;
using Platform.Features.Devices;

namespace Platform.Features.Recordings;

/// <summary>
/// Keeps what the latest deployment of a model said about a recording, known or not yet. Deployments order verdicts of one model; between
/// models the later score counts. Safe to redeliver: the same verdict changes nothing.
/// </summary>
internal sealed class KeepVerdictConsumer(NpgsqlDataSource dataSource, Absorption absorption) : IConsumer<RecordingScored>
{
    public async Task Consume(ConsumeContext<RecordingScored> context)
    {
        const string sql = """
            INSERT INTO recording_verdict (recording_id, verdict, model_id, deployment, scored_at)
            VALUES (@RecordingId, @Verdict, @ModelId, @Deployment, @scoredAt)
            ON CONFLICT (recording_id) DO UPDATE
            SET verdict = excluded.verdict, model_id = excluded.model_id, deployment = excluded.deployment, scored_at = excluded.scored_at
            WHERE CASE WHEN recording_verdict.model_id = excluded.model_id
                       THEN recording_verdict.deployment < excluded.deployment
                       ELSE recording_verdict.scored_at < excluded.scored_at END
            """;

        var scored = context.Message;
        var values = new { scored.RecordingId, scored.Verdict, scored.ModelId, scored.Deployment, scoredAt = scored.ScoredAt.UtcDateTime };
        await using var connection = await dataSource.OpenConnectionAsync(context.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(context.CancellationToken);
        if (await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: context.CancellationToken)) == 1)
        {
            await DeviceStore.MarkChanged(transaction, [scored.Device], context.CancellationToken);
            if (scored.Verdict == Verdicts.Anomalous) // only those are false alarms
                await absorption.Refresh(transaction, [scored.Device], context.CancellationToken);
        }

        await transaction.CommitAsync(context.CancellationToken);
    }
}
