using System.Collections.Frozen;
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
            var slots = _routing.Slots;
            var live = slots.GetValueOrDefault(next.Deployed.ModelId);
            if (live is not null && live.Current.Deployed.Deployment >= next.Deployed.Deployment)
                return false;

            _routing = Routing.Of(slots.SetItem(next.Deployed.ModelId, new(next, live?.Current)), _routing.Places);
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
            var places = _routing.Places;
            foreach (var place in devices)
            {
                if (places.GetValueOrDefault(place.Device) is not { } known || known.Revision < place.Revision)
                    places = places.SetItem(place.Device, place);
            }

            // Most changes change nothing here, and the whole routing is much to make for each of ten thousand devices.
            var next = _routing with { Places = places };
            if (devices.All(place => ReferenceEquals(next.Closest(place.Device), next.ByDevice.GetValueOrDefault(place.Device))))
            {
                _routing = next;
                return;
            }

            _routing = Routing.Of(next.Slots, places);
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

    /// <param name="Candidates">All models deployed for a device.</param>
    /// <param name="ByDevice">The one of them that serves it.</param>
    private sealed record Routing(
        ImmutableDictionary<string, Slot> Slots,
        ImmutableDictionary<string, DevicePlace> Places,
        FrozenDictionary<string, ServedModel[]> Candidates,
        FrozenDictionary<string, ServedModel> ByDevice)
    {
        internal static Routing Empty { get; } = Of(
            ImmutableDictionary.Create<string, Slot>(StringComparer.Ordinal), ImmutableDictionary.Create<string, DevicePlace>(StringComparer.Ordinal));

        internal static Routing Of(ImmutableDictionary<string, Slot> slots, ImmutableDictionary<string, DevicePlace> places)
        {
            var candidates = slots.Values
                .Select(slot => slot.Current)
                .SelectMany(served => served.Deployed.Devices.Distinct(StringComparer.Ordinal).Select(device => (device, served)))
                .GroupBy(pair => pair.device, pair => pair.served, StringComparer.Ordinal)
                .ToFrozenDictionary(device => device.Key, device => device.ToArray(), StringComparer.Ordinal);
            return new(slots, places, candidates, candidates.ToFrozenDictionary(
                device => device.Key, device => Closest(device.Value, places.GetValueOrDefault(device.Key)), StringComparer.Ordinal));
        }

        internal ServedModel? Closest(string device) =>
            Candidates.TryGetValue(device, out var served) ? Closest(served, Places.GetValueOrDefault(device)) : null;

        // Equally specific models (say two model types of one device): the one deployed last serves. The id breaks what is
        // left, so that replicas agree whatever order the announcements came in.
        private static ServedModel Closest(ServedModel[] candidates, DevicePlace? place) => candidates.Length == 1 ? candidates[0] : candidates
            .OrderBy(served => Specificity.Rank(served.Deployed.Mode, served.Deployed.ModelId, place is null ? null : (place.Site, place.MachineType)))
            .ThenByDescending(served => served.Deployed.DeployedAt)
            .ThenBy(served => served.Deployed.ModelId, StringComparer.Ordinal)
            .First();
    }
}
