using Dapper;
using MassTransit;
using Npgsql;
using Platform.Contracts;
using Platform.Predictor.Serving;

namespace Platform.Predictor.Scoring;

/// <summary>
/// Scores the recordings that waited for a model, when one goes live and once a minute for whatever was missed. A recording
/// leaves <c>unscored</c> only after its score was published: until then the row is what remembers to announce it, so a
/// replica that dies in between leaves work, not silence.
/// </summary>
internal sealed partial class Backfill(
    ServingTable table,
    RecordingScoring scoring,
    UnscoredStore unscored,
    NpgsqlDataSource dataSource,
    IBus bus,
    TimeProvider clock,
    ILogger<Backfill> logger) : BackgroundService
{
    private const int BatchSize = 32;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // A storm of deployments is a few rounds, not one each.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await table.Changed.Wait(Interval, stoppingToken);
            try
            {
                await Round(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogRoundFailed(exception, Interval); // the rows stay, and the next round finds them
            }

            await Task.Delay(Pause, clock, stoppingToken);
        }
    }

    private async Task Round(CancellationToken cancellationToken)
    {
        foreach (var waiting in await unscored.WaitingDevices(cancellationToken))
        {
            if (table.ByDevice.TryGetValue(waiting.Device, out var served)
                && (served.ExtractionHash is null || served.ExtractionHash == waiting.ExtractionHash)) // null: its package was never read yet
                await Drain(waiting, served.Deployed.ModelId, cancellationToken);
        }
    }

    private async Task Drain(WaitingDevice waiting, string modelId, CancellationToken cancellationToken)
    {
        var total = 0;
        try
        {
            for (var batch = BatchSize; batch == BatchSize; total += batch)
                batch = await DrainBatch(waiting, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogDeviceFailed(exception, waiting.Device, Interval); // the other devices have their turn
        }

        if (total > 0)
            LogDrained(total, waiting.Device, modelId);
    }

    /// <summary>Recordings dealt with; fewer than a batch when another replica is at it or none are left.</summary>
    private async Task<int> DrainBatch(WaitingDevice waiting, CancellationToken cancellationToken)
    {
        const string sql = "SELECT pg_try_advisory_xact_lock(hashtext('backfill'), hashtext(@Device))";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var turn = await connection.BeginTransactionAsync(cancellationToken);
        var mine = await connection.ExecuteScalarAsync<bool>(
            new CommandDefinition(sql, new { waiting.Device }, turn, cancellationToken: cancellationToken));
        if (!mine)
            return 0;

        var done = 0;
        foreach (var features in await unscored.Waiting(waiting.Device, waiting.ExtractionHash, BatchSize, cancellationToken))
            done += await ScoreOne(features, cancellationToken) ? 1 : 0;
        return done;
    }

    /// <summary>False when the recording goes on waiting, because the model that it waited for is not the live one any more.</summary>
    private async Task<bool> ScoreOne(FeaturesExtracted features, CancellationToken cancellationToken)
    {
        try
        {
            if (await scoring.Score(features, Occasion.Backfill, cancellationToken) is not { } scored)
                return false;

            foreach (var message in scored.Announcements())
                await bus.Publish(message, message.GetType(), cancellationToken);
            await unscored.Remove(features.RecordingId, cancellationToken);
        }
        catch (UnscorableException exception)
        {
            LogUnscorable(exception, features.RecordingId, features.Device);
            await unscored.Note(features, UnscoredReasons.Unscorable, exception.Message, clock.GetUtcNow(), cancellationToken);
        }

        return true;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Scored {Count} recordings of {Device} that had waited for {ModelId}")]
    private partial void LogDrained(int count, string device, string modelId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Recording {RecordingId} of {Device} will not be scored")]
    private partial void LogUnscorable(Exception exception, Guid recordingId, string device);

    [LoggerMessage(Level = LogLevel.Error, Message = "Scoring what had waited of {Device} stopped half-way; again within {Interval}")]
    private partial void LogDeviceFailed(Exception exception, string device, TimeSpan interval);

    [LoggerMessage(Level = LogLevel.Error, Message = "Scoring what had waited failed; again within {Interval}")]
    private partial void LogRoundFailed(Exception exception, TimeSpan interval);
}
