using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Features.Devices;

/// <summary>
/// Announces counts of devices whose data changed, at most once a second each: a thousand recordings are a few announcements, not a
/// thousand. Any number of instances may run; each takes another device.
/// </summary>
internal sealed partial class AnnounceDeviceData(
    NpgsqlDataSource dataSource, IOutbox outbox, TimeProvider time, ILogger<AnnounceDeviceData> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await AnnounceOne(stoppingToken))
                {
                    // until nobody is left
                }
            }
            catch (NpgsqlException exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Nothing is lost: what is not announced stays marked, and the next tick is the retry.
                LogPostponed(exception);
            }
        }
    }

    private async Task<bool> AnnounceOne(CancellationToken cancellationToken)
    {
        // The row is locked until the counts are announced, so a change that is not counted yet raises the number after us.
        const string takeSql = """
            SELECT device, changes FROM device
            WHERE changes > announced
            ORDER BY device
            LIMIT 1
            FOR UPDATE SKIP LOCKED
            """;
        const string doneSql = "UPDATE device SET announced = @Changes WHERE device = @Device";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var changed = await connection.QuerySingleOrDefaultAsync<ChangedDevice>(
            new CommandDefinition(takeSql, transaction: transaction, cancellationToken: cancellationToken));
        if (changed is null)
            return false;

        var data = (await DeviceData.Find(connection, transaction, changed.Device, cancellationToken))!;
        await outbox.Enqueue(connection, transaction, new DeviceDataChanged(
            data.Device, data.Recordings, data.Extracted, data.Pending, data.Trained, data.Failed,
            RetrainNeeded: data.Reason is not null, data.Reason, Revision: changed.Changes, time.GetUtcNow()), cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(doneSql, changed, transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private sealed record ChangedDevice(string Device, long Changes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Announcing device data is postponed")]
    private partial void LogPostponed(Exception exception);
}
