using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Features.Devices;

namespace Platform.Features.Recordings;

/// <summary>The archived recordings.</summary>
internal sealed class RecordingStore(NpgsqlDataSource dataSource)
{
    /// <summary>Keeps a recording; a second call for it changes nothing.</summary>
    public async Task Keep(AudioArchived audio, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO recording (recording_id, device, object_key, audio_sha256, recorded_at, day, label)
            VALUES (@RecordingId, @Device, @ObjectKey, @Sha256, @recordedAt, @Day, @Label)
            ON CONFLICT (recording_id) DO NOTHING
            """;

        var values = new
        {
            audio.RecordingId,
            audio.Device,
            audio.ObjectKey,
            audio.Sha256,
            recordedAt = audio.RecordedAt.UtcDateTime,
            audio.Day,
            audio.Label,
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken)) == 1)
            await DeviceStore.MarkChanged(transaction, [audio.Device], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public async Task<Recording> Get(Guid recordingId, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT recording_id, device, object_key, audio_sha256, recorded_at, day FROM recording
            WHERE recording_id = @recordingId
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<Recording>(
            new CommandDefinition(sql, new { recordingId }, cancellationToken: cancellationToken));
    }
}

internal sealed record Recording(Guid RecordingId, string Device, string ObjectKey, string AudioSha256, DateTime RecordedAt, string Day);
