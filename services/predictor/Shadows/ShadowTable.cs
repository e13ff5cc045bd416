using System.Collections.Immutable;
using Platform.Contracts;

namespace Platform.Predictor.Shadows;

/// <summary>Which versions are scored beside the champion in this replica, and for which devices. Readers never wait. Thread-safe.</summary>
internal sealed class ShadowTable
{
    private readonly Lock _writing = new();
    private volatile State _state = new(
        ImmutableDictionary.Create<string, ShadowDeployed>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, ImmutableArray<ShadowDeployed>>(StringComparer.Ordinal));

    /// <summary>The live shadows for a device; of several models that it belongs to there may be several.</summary>
    internal ImmutableArray<ShadowDeployed> Of(string device) => _state.ByDevice.GetValueOrDefault(device, []);

    /// <summary>A model's last shadow, live or ended; null when none was ever announced.</summary>
    internal ShadowDeployed? Find(string modelId) => _state.ByModel.GetValueOrDefault(modelId);

    /// <summary>Takes over what was announced. False, and nothing changed, when it is not newer than what is known.</summary>
    internal bool Keep(ShadowDeployed shadow)
    {
        lock (_writing)
        {
            var before = _state.ByModel.GetValueOrDefault(shadow.ModelId);
            if (before is not null && before.Revision >= shadow.Revision)
                return false;

            _state = new(_state.ByModel.SetItem(shadow.ModelId, shadow), Replaced(_state.ByDevice, before, shadow));
            return true;
        }
    }

    /// <summary>Stops scoring a shadow here; the registry, which is told, ends it everywhere.</summary>
    internal void GiveUp(ShadowDeployed shadow)
    {
        lock (_writing)
        {
            if (_state.ByModel.GetValueOrDefault(shadow.ModelId)?.Revision == shadow.Revision)
                _state = _state with { ByDevice = Replaced(_state.ByDevice, shadow, after: null) };
        }
    }

    /// <summary>A change costs as much as the devices that it is about.</summary>
    private static ImmutableDictionary<string, ImmutableArray<ShadowDeployed>> Replaced(
        ImmutableDictionary<string, ImmutableArray<ShadowDeployed>> byDevice, ShadowDeployed? before, ShadowDeployed? after)
    {
        var changed = byDevice.ToBuilder();
        foreach (var device in before?.Devices ?? [])
        {
            var others = changed.GetValueOrDefault(device, []).RemoveAll(shadow => shadow.ModelId == before!.ModelId);
            if (others.IsEmpty)
                changed.Remove(device);
            else
                changed[device] = others;
        }

        if (after is { State: ShadowStates.Live })
        {
            foreach (var device in after.Devices)
                changed[device] = changed.GetValueOrDefault(device, []).Add(after);
        }

        return changed.ToImmutable();
    }

    private sealed record State(
        ImmutableDictionary<string, ShadowDeployed> ByModel, ImmutableDictionary<string, ImmutableArray<ShadowDeployed>> ByDevice);
}
