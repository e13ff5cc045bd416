using Platform.Registry.Scopes;

namespace Platform.Registry.Devices;

/// <summary>Resolves scopes against the devices that are known, of which it reads no more than the scope concerns.</summary>
internal sealed class ScopeLookup(DeviceStore devices)
{
    /// <returns>Also the devices that were read, those of the scope among them.</returns>
    public async Task<(ScopeResolution Resolution, IReadOnlyList<KnownDevice> Known)> Resolve(
        ScopeSelection selection, CancellationToken cancellationToken)
    {
        // The database would be asked for a million names, or for one that no text of it can hold.
        if (ScopeResolver.Mistakes(selection) is { Count: > 0 } mistakes)
            return (new(null, null, mistakes), []);

        var known = await devices.Concerning(selection, cancellationToken);
        var resolution = ScopeResolver.Resolve(selection, known);
        if (resolution.Scope is not null)
            return (resolution, known);

        // A refusal names what would have been allowed, and that takes all devices.
        known = await devices.Known(cancellationToken);
        return (ScopeResolver.Resolve(selection, known), known);
    }
}
