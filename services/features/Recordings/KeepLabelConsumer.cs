using Dapper;
using MassTransit;
using Npgsql;
using Platform.Contracts;
using Platform.Features.Absorbing;
using Platform.Features.Devices;

namespace Platform.Features.Recordings;

/// <summary>
/// Keeps what a person said about a recording, known or not yet. Safe to redeliver: a lower or equal revision changes nothing.
/// </summary>
internal sealed class KeepLabelConsumer(NpgsqlDataSource dataSource, Absorption absorption) : IConsumer<RecordingLabelled>
{
    public async Task Consume(ConsumeContext<RecordingLabelled> context)
    {
        const string sql = """
            INSERT INTO recording_label (recording_id, label, revision)
            VALUES (@RecordingId, @Label, @Revision)
            ON CONFLICT (recording_id) DO UPDATE
            SET label = excluded.label, revision = excluded.revision
            WHERE recording_label.revision < excluded.revision
            """;

        var labelled = context.Message;
        var values = new { labelled.RecordingId, labelled.Label, labelled.Revision };
        await using var connection = await dataSource.OpenConnectionAsync(context.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(context.CancellationToken);
        if (await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: context.CancellationToken)) == 1)
        {
            await DeviceStore.MarkChanged(transaction, [labelled.Device], context.CancellationToken);
            await absorption.Refresh(transaction, [labelled.Device], context.CancellationToken);
        }

        await transaction.CommitAsync(context.CancellationToken);
    }
}
