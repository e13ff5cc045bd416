using Platform.Predictor.Devices;

namespace Platform.Predictor.Serving;

/// <summary>
/// Verifies in the background what was only noted at catch-up, models of devices that sent recordings lately first, and keeps in memory what
/// there is room for. So the registry hears from every replica of every deployment, and a damaged package is found before somebody needs it.
/// </summary>
internal sealed partial class WarmUp(
    ServingTable table, PackageLoads loads, DeviceStore devices, TimeProvider clock, ILogger<WarmUp> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Raised when deployments have been noted.</summary>
    internal Signal Noted { get; } = new(clock);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Noted.Wait(Interval, stoppingToken);
            try
            {
                await Round(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogRoundFailed(exception, Interval); // requests load what they need themselves, and the next round goes on
            }
        }
    }

    private async Task Round(CancellationToken cancellationToken)
    {
        var unverified = table.Live.Where(model => model.FirstLoad is null && !loads.Resting(model)).ToList();
        if (unverified.Count == 0)
            return;

        var started = clock.GetTimestamp();
        var active = await devices.HeardSince(clock.GetUtcNow() - ModelMemory.ActiveFor, cancellationToken);
        foreach (var device in active)
        {
            if (table.ByDevice.TryGetValue(device, out var served) && served.LastRecording == 0)
                served.HeardRecording(started);
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Clamp(Environment.ProcessorCount, 2, 16), CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(unverified.OrderByDescending(model => model.LastRecording), options, async (model, token) =>
        {
            try
            {
                if (model.FirstLoad is null)
                    await loads.Load(model, token);
            }
            catch (ModelUnavailableException)
            {
                // Said and logged where it happened; its turn comes again.
            }
        });
        var verified = unverified.Count(model => model.FirstLoad is not null);
        var seconds = clock.GetElapsedTime(started).TotalSeconds;
        LogVerified(verified, unverified.Count, seconds);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Verified {Count} of {All} models that were noted at catch-up, in {Seconds:F1} s")]
    private partial void LogVerified(int count, int all, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "Verifying models in the background stopped; again within {Interval}")]
    private partial void LogRoundFailed(Exception exception, TimeSpan interval);
}
