using System.Data;
using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Features.Devices;

/// <summary>
/// Announces counts of devices whose data changed, at most once a second each and less often where counting is slow: a thousand recordings
/// are a few announcements, not a thousand. Any number of instances may run; each takes another device.
/// </summary>
internal sealed partial class AnnounceDeviceData(
    NpgsqlDataSource dataSource, IOutbox outbox, TimeProvider time, ILogger<AnnounceDeviceData> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // Counting a device of 100 000 recordings takes the database a good part of a second: pauses grow with it, so that a plant that records
    // without end does not keep it busy with counting.
    private const int PausePerWork = 4;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = Pause;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(pause, time, stoppingToken);
            var started = time.GetTimestamp();
            try
            {
                // Once round all devices, so that one that changes all the time keeps nobody waiting.
                var last = "";
                while (await AnnounceNext(last, stoppingToken) is { } device)
                    last = device;
            }
            catch (NpgsqlException exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Nothing is lost: what is not announced stays marked, and the next tick is the retry.
                LogPostponed(exception);
            }

            pause = TimeSpan.FromTicks(Math.Clamp((PausePerWork * time.GetElapsedTime(started)).Ticks, Pause.Ticks, LongestPause.Ticks));
        }
    }

    /// <returns>The device that was looked at; null when no other one after <paramref name="last"/> has changed.</returns>
    private async Task<string?> AnnounceNext(string last, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (await Count(connection, last, cancellationToken) is not { } counted)
            return null;

        await Announce(connection, counted.Changes, counted.Data, cancellationToken);
        return counted.Data.Device;
    }

    /// <summary>
    /// Counts without holding the device's row, which every recording that comes in has to update: the number of changes and the counts are
    /// of one snapshot, so whatever is not counted has raised the number since.
    /// </summary>
    private static async Task<(long Changes, DeviceData Data)?> Count(NpgsqlConnection connection, string last, CancellationToken cancellationToken)
    {
        // The advisory lock spares instances from counting the same device at once; it is not needed for being right.
        const string nextSql = """
            SELECT device, changes
            FROM (SELECT device, changes FROM device WHERE changes > announced AND device > @last ORDER BY device OFFSET 0) AS changed
            WHERE pg_try_advisory_xact_lock(hashtextextended('announce ' || device, 0))
            LIMIT 1
            """;

        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var changed = await connection.QuerySingleOrDefaultAsync<ChangedDevice>(
            new CommandDefinition(nextSql, new { last }, snapshot, cancellationToken: cancellationToken));
        return changed is null
            ? null
            : (changed.Changes, (await DeviceData.Find(connection, snapshot, changed.Device, cancellationToken))!);
    }

    private async Task Announce(NpgsqlConnection connection, long changes, DeviceData data, CancellationToken cancellationToken)
    {
        const string sql = "UPDATE device SET announced = @changes WHERE device = @Device AND announced < @changes";

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await connection.ExecuteAsync(new CommandDefinition(
            sql, new { data.Device, changes }, transaction, cancellationToken: cancellationToken)) == 0)
        {
            return; // another instance has announced these counts or later ones
        }

        await outbox.Enqueue(connection, transaction, new DeviceDataChanged(
            data.Device, data.Recordings, data.Extracted, data.Pending, data.Trained, data.Failed,
            RetrainNeeded: data.Reason is not null, data.Reason, Revision: changes, time.GetUtcNow()), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private sealed record ChangedDevice(string Device, long Changes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Announcing device data is postponed")]
    private partial void LogPostponed(Exception exception);
}
