using Dapper;
using Platform.Contracts;
using Platform.Registry.Policies;

namespace Platform.Registry.Runs;

/// <summary>A run as it stands in the database, and as the API shows it.</summary>
/// <param name="ParameterSources">Field → who said it and in which revision; what is not listed is the built-in value.</param>
/// <param name="Origin">See <see cref="RunOrigins"/>.</param>
// Explicit, because Npgsql announces text[] as System.Array and Dapper would not find the constructor.
[method: ExplicitConstructor]
internal record Run(
    Guid Id,
    string Name,
    Guid? BatchId,
    string Mode,
    string Scope,
    string? Aggregation,
    string ModelType,
    string ModelId,
    string[] Devices,
    TrainingParameters Parameters,
    Dictionary<string, ParameterSource> ParameterSources,
    string Origin,
    int? ChampionVersion,
    string State,
    string? Reason,
    string? Phase,
    int? Slice,
    int? Attempt,
    int? Epoch,
    int? Step,
    int? MaxSteps,
    double? TrainingLoss,
    double? ValidationLoss,
    double? PatchesPerSecond,
    string? Host,
    int? Epochs,
    int? Steps,
    int? Patches,
    int? Recordings,
    double? TrainingSeconds,
    int? Version,
    DateTime CreatedAt,
    DateTime? StartedAt,
    DateTime ProgressedAt,
    DateTime? EndedAt);

/// <summary>A run with the course of its training.</summary>
internal sealed record RunView : Run
{
    public RunView(Run run, IReadOnlyList<EpochRow>? metrics)
        : base(run) => Metrics = metrics;

    /// <summary>The last report of each epoch; null when nobody asked for them.</summary>
    public IReadOnlyList<EpochRow>? Metrics { get; }
}
