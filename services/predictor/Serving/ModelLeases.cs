namespace Platform.Predictor.Serving;

/// <summary>
/// How everybody comes to a device's model. Mostly it is in memory and taken without waiting; otherwise it is loaded first, once for all
/// who wait for it.
/// </summary>
internal sealed class ModelLeases(ServingTable table, PackageLoads loads, TimeProvider clock)
{
    /// <summary>The model that serves a device now; null when none does.</summary>
    /// <exception cref="ModelUnavailableException">One does, but its package cannot be loaded now.</exception>
    internal ValueTask<ModelLease?> Of(string device, CancellationToken cancellationToken)
    {
        if (!table.ByDevice.TryGetValue(device, out var served))
            return new((ModelLease?)null);
        served.Used(clock.GetTimestamp());
        return served.TryLease() is { } lease ? new(lease) : LoadFirst(device, cancellationToken);
    }

    /// <summary>As <see cref="Of"/>, for a recording of the device: whose devices send recordings keeps its place in memory.</summary>
    internal ValueTask<ModelLease?> ForRecording(string device, CancellationToken cancellationToken)
    {
        if (table.ByDevice.TryGetValue(device, out var served))
            served.HeardRecording(clock.GetTimestamp());
        return Of(device, cancellationToken);
    }

    // Between load and lease the model may be swapped out or pushed out, or the package turn out to be damaged and another model serve: look again.
    private async ValueTask<ModelLease?> LoadFirst(string device, CancellationToken cancellationToken)
    {
        while (table.ByDevice.TryGetValue(device, out var served))
        {
            served.Used(clock.GetTimestamp());
            if (served.TryLease() is { } lease)
                return lease;
            await loads.Load(served, cancellationToken);
        }

        return null;
    }
}
