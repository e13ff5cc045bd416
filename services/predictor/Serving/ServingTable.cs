using System.Collections.Immutable;
using Platform.Contracts;
using Platform.Predictor.Devices;

namespace Platform.Predictor.Serving;

/// <summary>
/// Which model serves which device in this replica. Readers never wait: they read one immutable routing and take a lease;
/// writers replace the routing as a whole. Thread-safe.
/// </summary>
internal sealed class ServingTable(TimeProvider clock) : IDisposable
{
    private readonly Lock _writing = new();
    private volatile Routing _routing = Routing.Empty;

    /// <summary>The model that serves a device now; null when none does.</summary>
    internal ModelLease? Lease(string device)
    {
        // A model read here can be swapped out twice and drained before it is taken; then the routing has changed: read again.
        while (_routing.ByDevice.TryGetValue(device, out var served))
            if (served.Package.TryUse())
                return new(served);

        return null;
    }

    /// <summary>The deployment of a model that is live, and the one before it.</summary>
    internal (ServedModel Current, ServedModel? Previous)? Find(string modelId) =>
        _routing.Slots.TryGetValue(modelId, out var slot) ? (slot.Current, slot.Previous) : null;

    /// <summary>Devices that have a model, with what serves each.</summary>
    internal IReadOnlyDictionary<string, ServedModel> ByDevice => _routing.ByDevice;

    /// <summary>Raised after each swap, for the loop that scores what had waited for a model.</summary>
    internal Signal Changed { get; } = new(clock);

    /// <summary>Makes a deployment live and takes over its use of the package. False, and nothing changed, when it is not newer.</summary>
    internal bool Swap(ServedModel next)
    {
        ServedModel? forgotten;
        lock (_writing)
        {
            var live = _routing.Slots.GetValueOrDefault(next.Deployed.ModelId);
            if (live is not null && live.Current.Deployed.Deployment >= next.Deployed.Deployment)
                return false;

            _routing = _routing.With(new Slot(next, live?.Current));
            forgotten = live?.Previous;
        }

        forgotten?.Retire();
        Changed.Raise();
        return true;
    }

    /// <summary>Keeps where devices stand; one that has several models may now be served by another of them.</summary>
    internal void Place(IReadOnlyCollection<DevicePlace> devices)
    {
        lock (_writing)
        {
            var before = _routing;
            _routing = before.With(devices);
            if (ReferenceEquals(_routing.ByDevice, before.ByDevice))
                return;
        }

        Changed.Raise();
    }

    public void Dispose()
    {
        ImmutableDictionary<string, Slot> slots;
        lock (_writing)
        {
            slots = _routing.Slots;
            _routing = Routing.Empty;
        }

        foreach (var slot in slots.Values)
        {
            slot.Current.Retire();
            slot.Previous?.Retire();
        }
    }

    private sealed record Slot(ServedModel Current, ServedModel? Previous);

    /// <summary>A change costs as much as the devices that it is about, also when ten thousand models are loaded one after the other.</summary>
    /// <param name="Candidates">All models deployed for a device.</param>
    /// <param name="ByDevice">The one of them that serves it.</param>
    private sealed record Routing(
        ImmutableDictionary<string, Slot> Slots,
        ImmutableDictionary<string, DevicePlace> Places,
        ImmutableDictionary<string, ServedModel[]> Candidates,
        ImmutableDictionary<string, ServedModel> ByDevice)
    {
        internal static Routing Empty { get; } = new(None<Slot>(), None<DevicePlace>(), None<ServedModel[]>(), None<ServedModel>());

        internal Routing With(Slot slot)
        {
            var (next, before) = (slot.Current, slot.Previous);
            var (candidates, byDevice) = (Candidates.ToBuilder(), ByDevice.ToBuilder());
            var devices = next.Deployed.Devices.ToHashSet(StringComparer.Ordinal);
            foreach (var device in devices.Union(before?.Deployed.Devices ?? [], StringComparer.Ordinal))
            {
                var others = candidates.GetValueOrDefault(device, []).Where(served => !ReferenceEquals(served, before));
                ServedModel[] own = devices.Contains(device) ? [.. others, next] : [.. others];
                if (own.Length == 0)
                {
                    candidates.Remove(device);
                    byDevice.Remove(device);
                    continue;
                }

                candidates[device] = own;
                byDevice[device] = Closest(own, Places.GetValueOrDefault(device));
            }

            return this with
            {
                Slots = Slots.SetItem(next.Deployed.ModelId, slot), Candidates = candidates.ToImmutable(), ByDevice = byDevice.ToImmutable(),
            };
        }

        /// <summary>The same <see cref="ByDevice"/> when no device changes its model.</summary>
        internal Routing With(IReadOnlyCollection<DevicePlace> devices)
        {
            var (places, byDevice) = (Places.ToBuilder(), ByDevice.ToBuilder());
            foreach (var place in devices)
            {
                if (places.TryGetValue(place.Device, out var known) && known.Revision >= place.Revision)
                    continue;
                places[place.Device] = place;
                if (Candidates.TryGetValue(place.Device, out var candidates)
                    && Closest(candidates, place) is var closest && !ReferenceEquals(closest, byDevice[place.Device]))
                    byDevice[place.Device] = closest;
            }

            return this with { Places = places.ToImmutable(), ByDevice = byDevice.ToImmutable() };
        }

        // Equally specific models (say two model types of one device): the one deployed last serves. The id breaks what is
        // left, so that replicas agree whatever order the announcements came in.
        private static ServedModel Closest(ServedModel[] candidates, DevicePlace? place) => candidates.Length == 1 ? candidates[0] : candidates
            .OrderBy(served => Specificity.Rank(served.Deployed.Mode, served.Deployed.ModelId, place is null ? null : (place.Site, place.MachineType)))
            .ThenByDescending(served => served.Deployed.DeployedAt)
            .ThenBy(served => served.Deployed.ModelId, StringComparer.Ordinal)
            .First();

        private static ImmutableDictionary<string, T> None<T>() => ImmutableDictionary.Create<string, T>(StringComparer.Ordinal);
    }
}
