using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Ingest;

internal sealed class RecordingStore(NpgsqlDataSource dataSource, DeviceStore devices, IOutbox outbox)
{
    public async Task<Recording?> Find(Guid id, CancellationToken cancellationToken)
    {
        const string sql = "SELECT * FROM recording_shown WHERE id = @id";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Recording>(
            new CommandDefinition(sql, new { id }, cancellationToken: cancellationToken));
    }

    public async Task<Recording?> Find(string device, string sha256, CancellationToken cancellationToken)
    {
        const string sql = "SELECT * FROM recording_shown WHERE device = @device AND sha256 = @sha256";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Recording>(
            new CommandDefinition(sql, new { device, sha256 }, cancellationToken: cancellationToken));
    }

    /// <summary>Recordings whose id lies between two, in the order of their ids; the first few.</summary>
    public async Task<IReadOnlyList<Recording>> Between(Guid first, Guid last, CancellationToken cancellationToken)
    {
        const string sql = "SELECT * FROM recording_shown WHERE id BETWEEN @first AND @last ORDER BY id LIMIT 10";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var found = await connection.QueryAsync<Recording>(
            new CommandDefinition(sql, new { first, last }, cancellationToken: cancellationToken));
        return found.AsList();
    }

    /// <summary>A page in the order of arrival, after the recording given.</summary>
    public async Task<IReadOnlyList<Recording>> List(
        string device, string? state, Guid? after, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT * FROM recording_shown
            WHERE device = @device
              AND (@state::text IS NULL OR state = @state)
              AND (@after::uuid IS NULL OR sequence > (SELECT sequence FROM recording WHERE id = @after))
            ORDER BY sequence
            LIMIT @limit
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var page = await connection.QueryAsync<Recording>(
            new CommandDefinition(sql, new { device, state, after, limit }, cancellationToken: cancellationToken));
        return page.AsList();
    }

    /// <summary>
    /// Records what stands in the archive already and announces it, with its device when that is new. Null when the same
    /// bytes of this device were recorded before or by somebody else at this moment.
    /// </summary>
    public async Task<Recording?> Add(Recording recording, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO recording (id, device, sha256, size_bytes, object_key, format, name, recorded_at, day, archived_at, label, state)
            VALUES (@Id, @Device, @Sha256, @SizeBytes, @ObjectKey, @Format, @Name, @RecordedAt, @Day, @ArchivedAt, @Label, @State)
            ON CONFLICT (device, sha256) DO NOTHING
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await HasDevice(transaction, recording.Device, cancellationToken))
            await devices.CreateIfAbsent(transaction, recording.Device, new DeviceSettings(), cancellationToken);
        var added = await connection.ExecuteAsync(
            new CommandDefinition(sql, recording, transaction, cancellationToken: cancellationToken));
        if (added == 1)
            await outbox.Enqueue(connection, transaction, Announcement(recording), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return added == 1 ? recording : null;
    }

    /// <summary>Devices are never deleted, so the many recordings of known ones need not queue up for the lock that a new device takes.</summary>
    private static Task<bool> HasDevice(NpgsqlTransaction transaction, string device, CancellationToken cancellationToken)
    {
        const string sql = "SELECT EXISTS (SELECT FROM device WHERE code = @device)";

        return transaction.Connection!.ExecuteScalarAsync<bool>(
            new CommandDefinition(sql, new { device }, transaction, cancellationToken: cancellationToken));
    }

    private static AudioArchived Announcement(Recording recording) => new(
        recording.Id,
        recording.Device,
        recording.ObjectKey,
        recording.Sha256,
        recording.SizeBytes,
        recording.RecordedAt,
        recording.Day,
        recording.Label,
        recording.ArchivedAt);
}
