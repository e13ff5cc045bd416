using Platform.Registry.Scopes;

namespace Platform.Registry.Devices;

/// <summary>Resolves scopes against the devices that are known, of which it reads no more than the scope concerns.</summary>
internal sealed class ScopeLookup(DeviceStore devices, SubsetNames names)
{
    private const int Shown = 500;

    public async Task<ScopeResolution> Resolve(ScopeSelection selection, CancellationToken cancellationToken)
    {
        // The database would be asked for a million names, or for one that no text of it can hold.
        if (ScopeResolver.Mistakes(selection) is { Count: > 0 } mistakes)
            return new(null, null, mistakes);

        var resolution = ScopeResolver.Resolve(selection, await devices.Concerning(selection, cancellationToken));

        // A refusal names what would have been allowed, and that takes all devices.
        if (resolution.Scope is not { } scope)
            return ScopeResolver.Resolve(selection, await devices.Known(cancellationToken));
        if (resolution.Subset is not { } subset || await names.Claim(scope, subset, cancellationToken) is var owner && owner == subset)
            return resolution;
        return new(null, null, new Dictionary<string, string>
        {
            ["scope"] = $"the name '{scope.Scope}', which this subset would get, stands for another one: '{(owner.Length > Shown ? $"{owner[..Shown]}…" : owner)}'. Choose one code more or less.",
        });
    }
}
