using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Contracts;

namespace Platform.Registry.Policies;

/// <summary>Who said a value.</summary>
/// <param name="Level"><c>request</c>, <c>schedule</c>, one of <see cref="PolicyLevels"/>, or <c>default</c>.</param>
/// <param name="Revision">Of the policy or schedule, as its history has it.</param>
internal sealed record ParameterSource(string Level, string? Name = null, long? Revision = null)
{
    public static ParameterSource Request { get; } = new("request");

    public static ParameterSource Default { get; } = new("default");

    public override string ToString() => Name is null ? Level : $"{Level} '{Name}'";
}

/// <summary>What somebody says about a run, and who.</summary>
internal sealed record ParameterLayer(ParameterSource Source, PartialParameters Says);

/// <summary>All parameters of a run with the source of each.</summary>
/// <param name="AutoTrain">Policies only: see <see cref="ParameterFields.AutoTrain"/>.</param>
/// <param name="Sources">Field → who said it; what nobody said has the built-in value and is not listed.</param>
/// <param name="RollbackOnDrift">Policies only: see <see cref="ParameterFields.RollbackOnDrift"/>.</param>
internal sealed record ResolvedParameters(
    TrainingParameters Parameters, bool AutoTrain, IReadOnlyDictionary<string, ParameterSource> Sources, bool RollbackOnDrift = false);

/// <summary>Puts layers together field by field: the most specific one that says a field wins.</summary>
internal static class PolicyResolution
{
    private const string MaxSteps = "maxSteps";
    private const string Epochs = "epochs";

    /// <param name="layers">Most specific first.</param>
    public static ResolvedParameters Resolve(params IEnumerable<ParameterLayer> layers)
    {
        var sources = new Dictionary<string, ParameterSource>(StringComparer.Ordinal);
        var values = JsonSerializer.SerializeToNode(new TrainingParameters(), JsonSerializerOptions.Web)!.AsObject();
        var (autoTrain, rollbackOnDrift) = (false, false);
        var budget = false;
        foreach (var (source, says) in layers)
        {
            foreach (var field in says.Fields)
            {
                // The budget is one thing said in two fields: steps asked for here are not undone by epochs of a wider level.
                if (budget && field is MaxSteps or Epochs)
                    continue;
                if (!sources.TryAdd(field, source))
                    continue;
                if (field == ParameterFields.AutoTrain)
                    autoTrain = says[field].GetBoolean();
                else if (field == ParameterFields.RollbackOnDrift)
                    rollbackOnDrift = says[field].GetBoolean();
                else
                    says.CopyTo(values, field);
            }

            budget |= sources.GetValueOrDefault(MaxSteps) == source
                || (sources.GetValueOrDefault(Epochs) == source && says[Epochs].ValueKind != JsonValueKind.Null);
        }

        return new(values.Deserialize<TrainingParameters>(JsonSerializerOptions.Web)!, autoTrain, sources, rollbackOnDrift);
    }

    /// <summary>
    /// Whose policies hold for a run, most specific first. A model of several devices follows the policy of what it is for, never those of
    /// its members: two members may say different things, and which came first would be an accident.
    /// </summary>
    /// <param name="mode">See <see cref="ScopeModes"/>.</param>
    /// <param name="code">Of the device, machine type or site.</param>
    public static IReadOnlyList<PolicyKey> LevelsOf(string mode, string code, string? machineType = null, string? site = null) => mode switch
    {
        ScopeModes.Device =>
        [
            new(PolicyLevels.Device, code),
            .. machineType is null ? [] : (PolicyKey[])[new(PolicyLevels.MachineType, machineType)],
            .. site is null ? [] : (PolicyKey[])[new(PolicyLevels.Site, site)],
            PolicyKey.Plant,
        ],
        ScopeModes.MachineType => [new(PolicyLevels.MachineType, code), PolicyKey.Plant],
        ScopeModes.Site => [new(PolicyLevels.Site, code), PolicyKey.Plant],
        _ => [PolicyKey.Plant],
    };
}
