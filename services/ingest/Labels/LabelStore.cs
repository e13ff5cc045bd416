using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Ingest;

/// <summary>What people say about recordings, with its history. A label is announced under a revision that grows by one.</summary>
internal sealed class LabelStore(NpgsqlDataSource dataSource, IOutbox outbox, TimeProvider time)
{
    /// <summary>
    /// Labels a recording; the same label again changes and announces nothing. A recording that a model called anomalous is a false alarm when a
    /// person calls it normal, and becomes <c>verified_normal</c>: it is learnt from, whatever the model said.
    /// </summary>
    /// <param name="seen">The revision that the person has seen; null when any will do.</param>
    public async Task<LabelOutcome> Put(Guid id, LabelRequest request, long? seen, CancellationToken cancellationToken)
    {
        const string sql = "SELECT device, label, label_revision, verdict FROM recording WHERE id = @id FOR UPDATE";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var known = await connection.QuerySingleOrDefaultAsync<Labelled>(
            new CommandDefinition(sql, new { id }, transaction, cancellationToken: cancellationToken));
        if (known is null)
            return LabelOutcome.Unknown;
        if (seen is { } revision && revision != known.LabelRevision)
            return LabelOutcome.Overtaken;

        var label = (request.Label, known.Verdict) is (Contracts.Labels.Normal, Verdicts.Anomalous) ? Contracts.Labels.VerifiedNormal : request.Label;
        if (label == known.Label)
            return LabelOutcome.Kept;

        await Change(transaction, id, known, label, request.By, request.Note, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return LabelOutcome.Kept;
    }

    /// <summary>
    /// After a model called a recording anomalous that a person had called normal before: the same false alarm, the other way round. What an
    /// upload came with is no person's word about this recording. Safe to repeat.
    /// </summary>
    public async Task VerifyNormal(Guid id, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT device, label, label_revision, verdict FROM recording
            WHERE id = @id AND label = 'normal' AND label_revision > 0 AND verdict = 'anomalous' FOR UPDATE
            """;
        const string whoSql = "SELECT labelled_by FROM recording_label WHERE recording_id = @id AND revision = @LabelRevision";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var known = await connection.QuerySingleOrDefaultAsync<Labelled>(
            new CommandDefinition(sql, new { id }, transaction, cancellationToken: cancellationToken));
        if (known is null)
            return;

        var by = await connection.QuerySingleOrDefaultAsync<string?>(
            new CommandDefinition(whoSql, new { id, known.LabelRevision }, transaction, cancellationToken: cancellationToken));
        const string note = "A model called it anomalous after it had been labelled normal.";
        await Change(transaction, id, known, Contracts.Labels.VerifiedNormal, by, note, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<LabelEntry>> History(Guid id, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT revision, label, labelled_by, note, labelled_at FROM recording_label
            WHERE recording_id = @id
            ORDER BY revision DESC
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<LabelEntry>(new CommandDefinition(sql, new { id }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    private async Task Change(
        NpgsqlTransaction transaction, Guid id, Labelled known, string label, string? by, string? note, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH history AS (
                INSERT INTO recording_label (recording_id, revision, label, labelled_by, note, labelled_at)
                VALUES (@id, @revision, @label, @by, @note, @now))
            UPDATE recording SET label = @label, label_revision = @revision WHERE id = @id
            """;

        var (connection, revision, now) = (transaction.Connection!, known.LabelRevision + 1, time.GetUtcNow());
        var values = new { id, revision, label, by, note, now = now.UtcDateTime };
        await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
        await outbox.Enqueue(connection, transaction, new RecordingLabelled(id, known.Device, label, revision, by, now), cancellationToken);
    }

    private sealed record Labelled(string Device, string Label, long LabelRevision, string Verdict);
}

internal enum LabelOutcome
{
    /// <summary>The recording has the label.</summary>
    Kept,

    /// <summary>There is no such recording.</summary>
    Unknown,

    /// <summary>Somebody labelled it since the caller looked.</summary>
    Overtaken,
}

/// <summary>One label of a recording's history.</summary>
internal sealed record LabelEntry(long Revision, string Label, string? LabelledBy, string? Note, DateTime LabelledAt);
