using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Ingest;

internal sealed class LabelStore(NpgsqlDataSource dataSource, IOutbox outbox, TimeProvider time)
{
    /// <summary>Labels a recording and announces it under the next revision; the same label again announces nothing.</summary>
    public async Task Put(Guid id, LabelRequest request, CancellationToken cancellationToken)
    {
        const string updateSql = """
            UPDATE recording SET label = @Label, label_revision = label_revision + 1
            WHERE id = @id AND label <> @Label
            RETURNING device, label_revision
            """;
        const string historySql = """
            INSERT INTO recording_label (recording_id, revision, label, labelled_by, note, labelled_at)
            VALUES (@id, @revision, @Label, @By, @Note, @now)
            """;

        var now = time.GetUtcNow();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var changed = await connection.QuerySingleOrDefaultAsync<(string Device, long Revision)?>(
            new CommandDefinition(updateSql, new { id, request.Label }, transaction, cancellationToken: cancellationToken));
        if (changed is not var (device, revision))
            return;

        var history = new { id, revision, request.Label, request.By, request.Note, now = now.UtcDateTime };
        await connection.ExecuteAsync(new CommandDefinition(historySql, history, transaction, cancellationToken: cancellationToken));
        var announcement = new RecordingLabelled(id, device, request.Label, revision, request.By, now);
        await outbox.Enqueue(connection, transaction, announcement, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
