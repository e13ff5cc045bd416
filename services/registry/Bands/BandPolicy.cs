using Platform.Contracts;
using Platform.Registry.Devices;
using Platform.Registry.Models;
using Platform.Registry.Policies;

namespace Platform.Registry.Bands;

/// <summary>Whether a model goes back by itself when it leaves its band: off until a policy of whom it is for says so.</summary>
internal sealed class BandPolicy(ModelStore models, DeviceStore devices, PolicyStore policies)
{
    public async Task<bool> RollsBack(string modelId, CancellationToken cancellationToken)
    {
        if (await models.Find(modelId, cancellationToken) is not { } model)
            return false;

        // Codes have no underscore, so the scope's head is the device, machine type or site; of global models it does not matter.
        var code = model.Scope[..Math.Max(model.Scope.IndexOf('_', StringComparison.Ordinal), 0)];
        var device = model.Mode == ScopeModes.Device ? (await devices.Known([code], cancellationToken)).SingleOrDefault() : null;
        var keys = PolicyResolution.LevelsOf(model.Mode, code, device?.MachineType, device?.Site);
        return new PolicyBook(await policies.Find(keys, cancellationToken)).Resolve([], keys).RollbackOnDrift;
    }
}
