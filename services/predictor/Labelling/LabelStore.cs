using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Predictor.Labelling;

/// <summary>The copy of what people say about recordings, scored or not yet.</summary>
internal static class LabelStore
{
    /// <summary>Whether a person stands for the recording being normal; what an upload came with is no such label.</summary>
    internal static bool SaysNormal(string? label) => label is Labels.Normal or Labels.VerifiedNormal;

    /// <summary>False when the same or a higher revision is known.</summary>
    internal static async Task<bool> Keep(
        NpgsqlConnection connection, NpgsqlTransaction transaction, RecordingLabelled labelled, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO recording_label (recording_id, device, label, revision, labelled_by, labelled_at)
            VALUES (@RecordingId, @Device, @Label, @Revision, @LabelledBy, @labelledAt)
            ON CONFLICT (recording_id) DO UPDATE
            SET label = excluded.label, revision = excluded.revision, labelled_by = excluded.labelled_by, labelled_at = excluded.labelled_at
            WHERE recording_label.revision < excluded.revision
            """;

        var row = new
        {
            labelled.RecordingId,
            labelled.Device,
            labelled.Label,
            labelled.Revision,
            labelled.LabelledBy,
            labelledAt = labelled.LabelledAt.UtcDateTime,
        };
        return await connection.ExecuteAsync(new CommandDefinition(sql, row, transaction, cancellationToken: cancellationToken)) == 1;
    }

    internal static async Task<string?> Find(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Guid recordingId, CancellationToken cancellationToken)
    {
        const string sql = "SELECT label FROM recording_label WHERE recording_id = @recordingId";

        return await connection.QuerySingleOrDefaultAsync<string>(
            new CommandDefinition(sql, new { recordingId }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Recordings that a deployment called anomalous and people normal.</summary>
    internal static async Task<long> FalseAlarms(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string device, string modelId, long deployment, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT count(*)
            FROM recording_label JOIN score USING (recording_id)
            WHERE recording_label.device = @device AND label IN ('normal', 'verified_normal')
              AND model_id = @modelId AND deployment = @deployment AND verdict = 'anomalous'
            """;

        return await connection.ExecuteScalarAsync<long>(
            new CommandDefinition(sql, new { device, modelId, deployment }, transaction, cancellationToken: cancellationToken));
    }
}
