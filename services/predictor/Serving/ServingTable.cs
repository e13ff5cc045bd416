using System.Collections.Immutable;
using Platform.Contracts;
using Platform.Predictor.Devices;

namespace Platform.Predictor.Serving;

/// <summary>
/// Which model serves which device in this replica. Readers never wait: they read one immutable routing; writers replace the routing as a
/// whole. Whoever wants to use a model asks <see cref="ModelLeases"/>. Thread-safe.
/// </summary>
internal sealed class ServingTable(ModelMemory memory, TimeProvider clock) : IDisposable
{
    private readonly Lock _writing = new();
    private volatile Routing _routing = Routing.Empty;
    private ImmutableDictionary<string, Refusal> _refusals = ImmutableDictionary<string, Refusal>.Empty;

    /// <summary>The deployment of a model that is live, and the one before it.</summary>
    internal (ServedModel Current, ServedModel? Previous)? Find(string modelId) =>
        _routing.Slots.TryGetValue(modelId, out var slot) ? (slot.Current, slot.Previous) : null;

    /// <summary>Devices that have a model, with what serves each.</summary>
    internal IReadOnlyDictionary<string, ServedModel> ByDevice => _routing.ByDevice;

    /// <summary>The live deployment of every model.</summary>
    internal IEnumerable<ServedModel> Live => _routing.Slots.Values.Select(slot => slot.Current);

    /// <summary>Why a model that was deployed for a device does not serve it; null when none was refused.</summary>
    internal Refusal? RefusedFor(string device) =>
        Volatile.Read(ref _refusals).Values.FirstOrDefault(refusal => refusal.Deployed.Devices.Contains(device, StringComparer.Ordinal));

    /// <summary>Raised after each swap, for the loop that scores what had waited for a model.</summary>
    internal Signal Changed { get; } = new(clock);

    /// <summary>Makes a deployment live; the one before it becomes the way back. False, and nothing changed, when it is not newer.</summary>
    internal bool Swap(ServedModel next)
    {
        ServedModel? forgotten;
        lock (_writing)
        {
            var live = _routing.Slots.GetValueOrDefault(next.Deployed.ModelId);
            if (live is not null && live.Current.Deployed.Deployment >= next.Deployed.Deployment)
                return false;

            if (live is not null)
                next.Supersede(live.Current);
            _routing = _routing.With(new Slot(next, live?.Current));
            _refusals = _refusals.Remove(next.Deployed.ModelId);
            forgotten = live?.Previous;
        }

        Retire(forgotten);
        Changed.Raise();
        return true;
    }

    /// <summary>
    /// Takes a live model out because its package turned out to be damaged: its devices are served by the next closest model, or by none.
    /// </summary>
    internal void Withdraw(ServedModel model, string reason)
    {
        Slot slot;
        lock (_writing)
        {
            if (!_routing.Slots.TryGetValue(model.Deployed.ModelId, out slot!) || slot.Current != model)
                return; // a newer deployment was faster
            _routing = _routing.Without(slot);
            _refusals = _refusals.SetItem(model.Deployed.ModelId, new(model.Deployed, reason));
        }

        Retire(slot.Current);
        Retire(slot.Previous);
        Changed.Raise();
    }

    /// <summary>Keeps why a deployment never went live, for whoever asks for a model of its devices.</summary>
    internal void Refuse(ModelDeployed deployed, string reason)
    {
        lock (_writing)
            _refusals = _refusals.SetItem(deployed.ModelId, new(deployed, reason));
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
            Retire(slot.Current);
            Retire(slot.Previous);
        }
    }

    private void Retire(ServedModel? model)
    {
        if (model is not null)
            memory.Retire(model);
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

        internal Routing With(Slot slot) => Replace(slot.Previous, slot.Current) with { Slots = Slots.SetItem(slot.Current.Deployed.ModelId, slot) };

        internal Routing Without(Slot slot) => Replace(slot.Current, null) with { Slots = Slots.Remove(slot.Current.Deployed.ModelId) };

        private Routing Replace(ServedModel? before, ServedModel? next)
        {
            var (candidates, byDevice) = (Candidates.ToBuilder(), ByDevice.ToBuilder());
            var devices = (next?.Deployed.Devices ?? []).ToHashSet(StringComparer.Ordinal);
            foreach (var device in devices.Union(before?.Deployed.Devices ?? [], StringComparer.Ordinal))
            {
                var others = candidates.GetValueOrDefault(device, []).Where(served => !ReferenceEquals(served, before));
                ServedModel[] own = devices.Contains(device) ? [.. others, next!] : [.. others];
                if (own.Length == 0)
                {
                    candidates.Remove(device);
                    byDevice.Remove(device);
                    continue;
                }

                candidates[device] = own;
                byDevice[device] = Closest(own, Places.GetValueOrDefault(device));
            }

            return this with { Candidates = candidates.ToImmutable(), ByDevice = byDevice.ToImmutable() };
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

/// <summary>A deployment that does not serve because its package is at fault.</summary>
internal sealed record Refusal(ModelDeployed Deployed, string Reason)
{
    internal string Told => $"{Deployed.ModelId} v{Deployed.Version} is deployed, but its package cannot be used: {Reason}";
}
