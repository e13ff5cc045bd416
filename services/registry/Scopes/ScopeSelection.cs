using Platform.Contracts;

namespace Platform.Registry.Scopes;

/// <summary>A device as far as scopes are concerned.</summary>
internal sealed record KnownDevice(string Device, string Site, string MachineType);

/// <summary>What somebody wants a model for, before it is checked against the devices that exist.</summary>
internal sealed record ScopeSelection(
    string? Mode,
    string? Device = null,
    string? MachineType = null,
    string? Site = null,
    IReadOnlyList<string>? Sites = null,
    IReadOnlyList<string>? Devices = null,
    string? Aggregation = null,
    string? ModelType = null);

/// <summary>A resolved scope, or why there is none.</summary>
/// <param name="Subset">See <see cref="ModelScope.Subset"/>.</param>
/// <param name="Errors">Field → what is wrong and what is allowed.</param>
internal sealed record ScopeResolution(TrainingScope? Scope, string? Subset, IReadOnlyDictionary<string, string> Errors);
