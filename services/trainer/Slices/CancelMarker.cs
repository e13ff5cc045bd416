using Platform.Hosting;

namespace Platform.Trainer.Slices;

/// <summary>Somebody may cancel a run while it is trained, by an object in its folder; a busy loop asks as often as it likes.</summary>
internal sealed class CancelMarker(IObjectStore store, RunKeys run, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    /// <summary>Work that is stopped as soon as the run is cancelled; null then.</summary>
    internal static async Task<T?> During<T>(IObjectStore store, RunKeys run, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
        where T : class
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = work(stop.Token);
        try
        {
            while (await Task.WhenAny(working, Task.Delay(Interval, stop.Token)) != working)
            {
                if (await store.Find(run.Cancelled, stop.Token) is not null)
                    await stop.CancelAsync();
            }

            return await working;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            await stop.CancelAsync(); // the delay, or the work when the store failed us
        }
    }

    private long _lookedAt = time.GetTimestamp();

    internal async Task<bool> Look(CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(_lookedAt) < Interval)
            return false;
        _lookedAt = time.GetTimestamp();
        return await store.Find(run.Cancelled, cancellationToken) is not null;
    }
}
