using Platform.Contracts;
using Platform.Registry.Policies;
using Platform.Registry.Scopes;

namespace Platform.Registry.Runs;

/// <summary>A run that may be queued: what it is for, and all its parameters with who said each.</summary>
/// <param name="Name">Null for the usual one.</param>
/// <param name="Origin">Who wants it, see <see cref="RunOrigins"/>.</param>
internal sealed record PlannedRun(TrainingScope Scope, ResolvedParameters Resolved, string? Name, string Origin, Guid? BatchId)
{
    /// <summary>The sites or devices that somebody chose, see <see cref="ModelScope.Subset"/>; null for none.</summary>
    public string? Subset { get; init; }

    /// <summary>Field → what is wrong, when the layers together come to something that cannot be trained; names who said the value.</summary>
    public Dictionary<string, string> Check()
    {
        var errors = TrainingParameterRules.Check(Resolved.Parameters);
        foreach (var (path, error) in errors.ToList())
        {
            var field = path[(path.IndexOf('.', StringComparison.Ordinal) + 1)..];
            if (Resolved.Sources.TryGetValue(field, out var source) && source != ParameterSource.Request)
                errors[path] = $"{error} It comes from {(source.Level == RunOrigins.Schedule ? "the schedule" : "the policy of")} {source}.";
        }

        return errors;
    }
}

/// <summary>Values of <see cref="Run.Origin"/>.</summary>
internal static class RunOrigins
{
    public const string Request = "request";
    public const string ColdStart = "cold_start";
    public const string Schedule = "schedule";

    /// <summary>A model that was trained elsewhere.</summary>
    public const string Import = "import";
}

/// <summary>Puts a selection, the policies of whom it is for, and whatever is more specific than those together.</summary>
internal static class RunPlan
{
    /// <param name="layers">Most specific first; more specific than any policy.</param>
    public static PlannedRun For(
        ScopeSelection selection,
        TrainingScope scope,
        IEnumerable<ParameterLayer> layers,
        PolicyBook policies,
        IReadOnlyDictionary<string, KnownDevice> known,
        string? name = null,
        string origin = RunOrigins.Request,
        Guid? batchId = null) =>
        new(scope, policies.Resolve(layers, PolicyKeys.For(selection, scope, known)), name, origin, batchId);

    /// <summary>Everything that is wrong with a request at once, also when there are no policies to put it together with.</summary>
    public static Dictionary<string, string> WithRanges(Dictionary<string, string> errors, PartialParameters parameters)
    {
        var alone = PolicyResolution.Resolve(new ParameterLayer(ParameterSource.Request, parameters)).Parameters;
        foreach (var (field, error) in TrainingParameterRules.Check(alone).Where(error => parameters.Says(error.Key["parameters.".Length..])))
            errors.TryAdd(field, error);
        return errors;
    }
}
