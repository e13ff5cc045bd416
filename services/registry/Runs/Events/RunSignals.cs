using System.Collections.Concurrent;
using System.Data;
using Npgsql;

namespace Platform.Registry.Runs.Events;

/// <summary>
/// Wakes those who follow a run when its row changes, whichever replica changed it. One connection listens for all of them. Thread-safe.
/// </summary>
internal sealed partial class RunSignals(NpgsqlDataSource dataSource, TimeProvider time, ILogger<RunSignals> logger) : BackgroundService
{
    private const string Channel = "registry_run";

    // A notification is lost while the connection is down: everybody looks again now and then.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> waiting = new();

    /// <summary>Done at the run's next change, and now and then without one. Ask before reading the run, so that no change is missed.</summary>
    public Task Next(Guid runId) => waiting.GetOrAdd(runId, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Listen(stoppingToken);
            }
            catch (NpgsqlException exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogInterrupted(exception);
                WakeAll();
                await Task.Delay(Pause, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task Listen(CancellationToken stoppingToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(stoppingToken);
        connection.Notification += (_, notification) => Wake(notification.Payload);
        await using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection))
            await listen.ExecuteNonQueryAsync(stoppingToken);

        try
        {
            while (true)
            {
                WakeAll();
                var until = time.GetTimestamp();
                while (time.GetElapsedTime(until) < Interval)
                    await connection.WaitAsync(Interval, stoppingToken);
            }
        }
        finally
        {
            // The pool resets no session.
            if (connection.FullState == ConnectionState.Open)
            {
                await using var unlisten = new NpgsqlCommand("UNLISTEN *", connection);
                await unlisten.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }

    private void Wake(string runId)
    {
        if (Guid.TryParse(runId, out var id) && waiting.TryRemove(id, out var signal))
            signal.SetResult();
    }

    private void WakeAll()
    {
        foreach (var runId in waiting.Keys)
        {
            if (waiting.TryRemove(runId, out var signal))
                signal.SetResult();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changes of runs are not heard; followers look every few seconds until they are")]
    private partial void LogInterrupted(Exception exception);
}
