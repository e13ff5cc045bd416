using Platform.Registry.Scopes;

namespace Platform.Registry.Devices;

/// <summary>Resolves scopes against the devices that are known, of which it reads no more than the scope concerns.</summary>
internal sealed class ScopeLookup(DeviceStore devices)
{
    public async Task<ScopeResolution> Resolve(ScopeSelection selection, CancellationToken cancellationToken)
    {
        var resolution = ScopeResolver.Resolve(selection, await devices.Concerning(selection, cancellationToken));

        // A refusal names what would have been allowed, and that takes all devices.
        return resolution.Scope is not null ? resolution : ScopeResolver.Resolve(selection, await devices.Known(cancellationToken));
    }
}
