using Platform.Contracts;

namespace Platform.Predictor.Shadows;

/// <summary>
/// The recordings that came to this replica lately. The queue is shared, so one may come to a replica that has not heard yet of a shadow of its
/// device, which then has nothing to do with it; when the replica hears, it knows which those were. Thread-safe.
/// </summary>
internal sealed class PassedOver(TimeProvider clock)
{
    // Replicas hear of a shadow within a second; one that was cut off gets no recordings either.
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);
    private const int Most = 10_000;

    /// <summary>How far a registry's clock may be ahead of this one's: better a recording too many than one that is missing.</summary>
    internal static readonly TimeSpan ClockDifference = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Queue<(DateTimeOffset At, FeaturesExtracted Features)> _came = new();

    /// <summary>To be called before the shadows of the device are looked up: a shadow is then in the table, or finds the recording here.</summary>
    internal void Came(FeaturesExtracted features)
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            _came.Enqueue((now, features));
            while (_came.Count > Most || _came.Peek().At < now - Kept)
                _came.Dequeue();
        }
    }

    /// <summary>Recordings of the shadow's devices that came since it is live; to be called once it is in the table.</summary>
    internal IReadOnlyList<FeaturesExtracted> Of(ShadowDeployed shadow)
    {
        var devices = shadow.Devices.ToHashSet(StringComparer.Ordinal);
        lock (_lock)
            return [.. _came.Where(one => one.At >= shadow.StartedAt - ClockDifference && devices.Contains(one.Features.Device)).Select(one => one.Features)];
    }
}
