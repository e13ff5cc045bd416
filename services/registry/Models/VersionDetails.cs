using System.Text.Json;
using Dapper;
using Npgsql;

namespace Platform.Registry.Models;

/// <summary>A change note: what is different about a version, in people's words.</summary>
/// <param name="Note">Null when nobody has written one, or it was taken away.</param>
internal sealed record VersionNote(string? Note, long Revision, string? WrittenBy, DateTime? WrittenAt);

internal sealed record VersionDetail(ModelVersion Version, JsonElement? Training, VersionNote Note);

/// <summary>What only the view of a single version shows.</summary>
internal sealed class VersionDetails(NpgsqlDataSource dataSource, TimeProvider time)
{
    public async Task<VersionDetail?> Find(string modelId, int version, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT training::text AS training, note, note_revision, note_by, note_at
            FROM model_version
            WHERE model_id = @modelId AND version = @version
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (await VersionStore.Find(connection, null, modelId, version, cancellationToken) is not { } found)
            return null;
        var row = await connection.QuerySingleAsync<Row>(
            new CommandDefinition(sql, new { modelId, version }, cancellationToken: cancellationToken));
        return new(
            found,
            row.Training is null ? null : JsonSerializer.Deserialize<JsonElement>(row.Training),
            new(row.Note, row.NoteRevision, row.NoteBy, row.NoteAt));
    }

    /// <summary>Null when there is no such version, or the note is not the one that the caller saw.</summary>
    /// <param name="seen">Revision that the caller saw; null writes over any.</param>
    public async Task<VersionNote?> WriteNote(
        string modelId, int version, long? seen, string? note, string actor, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE model_version
            SET note = @note, note_revision = note_revision + 1, note_by = @actor, note_at = @now
            WHERE model_id = @modelId AND version = @version AND (@seen::bigint IS NULL OR note_revision = @seen)
            RETURNING note, note_revision AS revision, note_by AS written_by, note_at AS written_at
            """;

        var values = new { modelId, version, seen, note, actor, now = time.GetUtcNow().UtcDateTime };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<VersionNote>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
    }

    private sealed record Row(string? Training, string? Note, long NoteRevision, string? NoteBy, DateTime? NoteAt);
}
