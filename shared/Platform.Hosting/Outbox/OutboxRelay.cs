using System.Data;
using System.Threading.Channels;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Platform.Hosting;

/// <summary>
/// Publishes what stands in the outbox, in the order of its ids, and deletes a message only after the broker confirmed it.
/// A message that no queue takes yet stays: nothing is lost because a consumer was started for the first time after us.
/// </summary>
internal sealed partial class OutboxRelay(
    NpgsqlDataSource dataSource,
    OutboxBatches batches,
    OutboxPublisher publisher,
    ServiceIdentity service,
    TimeProvider time,
    ILogger<OutboxRelay> logger) : BackgroundService
{
    private const int BatchSize = 100;

    // A notification is lost when the listening connection breaks, and a delayed message has none: look anyway now and then.
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    // For a message that no queue takes: its consumer may be installed much later than we are.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private int failures;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RelayWhileConnected(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Broker or database is away. Nothing is lost, so one line per outage is enough, and then patience.
                if (failures++ == 0)
                    LogInterrupted(exception);

                var pause = TimeSpan.FromSeconds(0.2 * Math.Pow(2, Math.Min(failures, 10)));
                await Task.Delay(pause < LongestPause ? pause : LongestPause, time, stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return; // what is left in the outbox is relayed after the next start
            }
        }
    }

    private async Task RelayWhileConnected(CancellationToken stoppingToken)
    {
        await using var listener = await dataSource.OpenConnectionAsync(stoppingToken);
        await using (var listen = new NpgsqlCommand($"LISTEN \"{PostgresOutbox.Channel(service)}\"", listener))
            await listen.ExecuteNonQueryAsync(stoppingToken);

        // A busy service commits hundreds of times a second: what is heard while a batch is relayed asks for one more batch, not for one each.
        var heard = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var hearing = Hear(listener, heard.Writer, ended.Token);
        try
        {
            while (true)
            {
                while (await RelayBatch(stoppingToken) == BatchSize)
                {
                    // a full batch: more may be waiting
                }

                await NextNotification(heard.Reader, stoppingToken);
            }
        }
        finally
        {
            await ended.CancelAsync();
            await hearing;
            await Unlisten(listener);
        }
    }

    /// <summary>The connection goes back to the pool; one that broke is thrown away there.</summary>
    private static async Task Unlisten(NpgsqlConnection listener)
    {
        if (listener.FullState != ConnectionState.Open)
            return;
        await using var unlisten = new NpgsqlCommand("UNLISTEN *", listener);
        await unlisten.ExecuteNonQueryAsync(CancellationToken.None);
    }

    /// <summary>Ends with the connection, and then so does the channel, with the reason.</summary>
    private static async Task Hear(NpgsqlConnection listener, ChannelWriter<bool> heard, CancellationToken ended)
    {
        try
        {
            while (true)
            {
                await listener.WaitAsync(ended);
                heard.TryWrite(true);
            }
        }
        catch (Exception exception)
        {
            heard.TryComplete(exception);
        }
    }

    /// <summary>Returns also when none came for a while.</summary>
    private static async Task NextNotification(ChannelReader<bool> heard, CancellationToken stoppingToken)
    {
        using var poll = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        poll.CancelAfter(PollInterval);
        try
        {
            await heard.ReadAsync(poll.Token);
        }
        catch (OperationCanceledException) when (poll.IsCancellationRequested && !stoppingToken.IsCancellationRequested)
        {
            // nothing was heard: look all the same
        }
    }

    /// <summary>Publishes up to one batch; returns how many messages it held.</summary>
    private async Task<int> RelayBatch(CancellationToken stoppingToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(stoppingToken);
        await using var transaction = await connection.BeginTransactionAsync(stoppingToken);
        var messages = await batches.Take(transaction, BatchSize, stoppingToken);
        if (messages.Count == 0)
            return 0;

        var confirmed = new List<long>(messages.Count);
        try
        {
            foreach (var message in messages)
            {
                if (await Publish(transaction, message, stoppingToken))
                    confirmed.Add(message.Id);
            }
        }
        finally
        {
            // What the broker confirmed before it went away must not be sent again because of what it did not.
            await OutboxBatches.Delete(transaction, confirmed, CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }

        if (failures != 0)
        {
            LogResumed(failures);
            failures = 0;
        }

        return messages.Count;
    }

    /// <summary>False when the message stays in the outbox although the broker is there.</summary>
    private async Task<bool> Publish(NpgsqlTransaction transaction, OutboxMessage message, CancellationToken stoppingToken)
    {
        try
        {
            await publisher.Publish(message, stoppingToken);
            return true;
        }
        catch (MessageReturnedException)
        {
            // One line per message, and ever rarer attempts: nobody may be listening for good.
            if (message.Attempts == 0)
                LogNobodyListens(message.Id, message.MessageType);
            var delay = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(message.Attempts, 20)));
            await batches.Postpone(transaction, message.Id, delay < LongestWait ? delay : LongestWait, stoppingToken);
            return false;
        }
        catch (UnpublishableException exception)
        {
            await OutboxBatches.Park(transaction, message.Id, exception.Message, stoppingToken);
            LogParked(exception, message.Id, message.MessageType);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Outbox relay is interrupted; messages wait in the outbox")]
    private partial void LogInterrupted(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Outbox relay works again after {Failures} failed attempts")]
    private partial void LogResumed(int failures);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No queue takes outbox message {Id} of {MessageType} yet; it waits")]
    private partial void LogNobodyListens(long id, string messageType);

    [LoggerMessage(Level = LogLevel.Error, Message = "Outbox message {Id} of {MessageType} can never be published and is parked")]
    private partial void LogParked(Exception exception, long id, string messageType);
}
