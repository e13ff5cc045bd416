using Platform.Hosting;

namespace Platform.Trainer.Slices;

/// <summary>Somebody may cancel a run while it is trained, by an object in its folder; a busy loop asks as often as it likes.</summary>
internal sealed class CancelMarker(IObjectStore store, RunKeys run, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private long _lookedAt = time.GetTimestamp();

    internal async Task<bool> Look(CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(_lookedAt) < Interval)
            return false;
        _lookedAt = time.GetTimestamp();
        return await store.Find(run.Cancelled, cancellationToken) is not null;
    }
}
