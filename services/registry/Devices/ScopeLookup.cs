using Platform.Registry.Scopes;

namespace Platform.Registry.Devices;

/// <summary>Resolves scopes against the devices that are known, of which it reads no more than the scope concerns.</summary>
internal sealed class ScopeLookup(DeviceStore devices)
{
    public async Task<ScopeResolution> Resolve(ScopeSelection selection, CancellationToken cancellationToken)
    {
        // The database would be asked for a million names, or for one that no text of it can hold.
        if (ScopeResolver.Mistakes(selection) is { Count: > 0 } mistakes)
            return new(null, null, mistakes);

        var resolution = ScopeResolver.Resolve(selection, await devices.Concerning(selection, cancellationToken));

        // A refusal names what would have been allowed, and that takes all devices.
        return resolution.Scope is not null ? resolution : ScopeResolver.Resolve(selection, await devices.Known(cancellationToken));
    }
}
