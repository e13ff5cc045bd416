using Platform.Contracts;
using Platform.Registry.Scopes;

namespace Platform.Registry.Policies;

/// <summary>All policies at one moment, for whoever resolves many runs.</summary>
internal sealed class PolicyBook(IEnumerable<Policy> policies)
{
    private readonly Dictionary<PolicyKey, Policy> policies = policies.ToDictionary(policy => policy.Key);

    /// <param name="layers">What is said by somebody more specific than any policy, such as a request; most specific first.</param>
    /// <param name="keys">Most specific first.</param>
    public ResolvedParameters Resolve(IEnumerable<ParameterLayer> layers, IReadOnlyList<PolicyKey> keys) =>
        PolicyResolution.Resolve(layers.Concat(keys.Where(policies.ContainsKey).Select(key => LayerOf(policies[key]))));

    public static ParameterLayer LayerOf(Policy policy) =>
        new(new(policy.Level, policy.Level == PolicyLevels.Plant ? null : policy.Name, policy.Revision), policy.Parameters);

    /// <summary>Whether any policy could turn a device's automatic training on.</summary>
    public bool AnyAutoTrain => policies.Values.Any(policy => policy.Parameters.Says(ParameterFields.AutoTrain) && policy.Parameters[ParameterFields.AutoTrain].GetBoolean());
}

/// <summary>Whose policies hold for a selection of devices.</summary>
internal static class PolicyKeys
{
    /// <param name="scope">What <paramref name="selection"/> was resolved to.</param>
    /// <param name="known">At least the devices of a scope of mode device.</param>
    public static IReadOnlyList<PolicyKey> For(ScopeSelection selection, TrainingScope scope, IReadOnlyDictionary<string, KnownDevice> known) => scope.Mode switch
    {
        ScopeModes.Device when known.GetValueOrDefault(scope.Devices[0]) is { } device => ForDevice(device),
        ScopeModes.Device => PolicyResolution.LevelsOf(scope.Mode, scope.Devices[0]),
        ScopeModes.MachineType => PolicyResolution.LevelsOf(scope.Mode, selection.MachineType!),
        ScopeModes.Site => PolicyResolution.LevelsOf(scope.Mode, selection.Site!),
        _ => PolicyResolution.LevelsOf(scope.Mode, ""),
    };

    public static IReadOnlyList<PolicyKey> ForDevice(KnownDevice device) =>
        PolicyResolution.LevelsOf(ScopeModes.Device, device.Device, device.MachineType, device.Site);
}
