using Platform.Contracts;

namespace Platform.Registry.Schedules;

/// <summary>How much data the devices of one model have.</summary>
/// <param name="Usable">Recordings that a first training could use.</param>
/// <param name="Pending">Recordings that no deployed model has seen.</param>
/// <param name="Reasons">Why devices need a training, as features says it: <c>new_data | label | spec | drift</c>.</param>
internal sealed record DataOfModel(int Usable, int Pending, IReadOnlySet<string> Reasons)
{
    public static DataOfModel None { get; } = new(0, 0, new HashSet<string>());
}

/// <summary>What a schedule does about one model: train it in <paramref name="Mode"/>, or leave it because of <paramref name="Skip"/>.</summary>
internal sealed record TrainingNeed(string? Mode, string? Skip)
{
    public const string NothingNew = "nothing new since the last training";
    public const string Covered = "no model of its own, and a deployed model of several covers it";
    public const string TooLittle = "fewer usable recordings than minSamples";

    /// <param name="kind">One of <see cref="ScheduleKinds.OfTraining"/>.</param>
    /// <param name="hasModel">A version of it is deployed.</param>
    public static TrainingNeed Of(string kind, bool hasModel, DataOfModel data, int minSamples)
    {
        if (kind == ScheduleKinds.Full)
            return data.Usable >= minSamples ? new(TrainingModes.Full, null) : new(null, TooLittle);
        if (!hasModel)
            return data.Usable >= minSamples ? new(TrainingModes.ColdStart, null) : new(null, TooLittle);
        // What a model has learnt it does not unlearn by going on, and what it learnt under another spec is of no use.
        if (data.Reasons.Contains("label") || data.Reasons.Contains("spec"))
            return new(TrainingModes.Full, null);
        return data.Pending > 0 || data.Reasons.Count > 0 ? new(TrainingModes.Incremental, null) : new(null, NothingNew);
    }
}

/// <summary>What a firing leaves out, by reason.</summary>
internal sealed class SkippedModels
{
    private const int Examples = 10;

    private readonly Dictionary<string, (int Count, List<string> Models)> reasons = new(StringComparer.Ordinal);

    public void Add(string reason, string model)
    {
        var (count, models) = reasons.TryGetValue(reason, out var known) ? known : (0, []);
        if (models.Count < Examples)
            models.Add(model);
        reasons[reason] = (count + 1, models);
    }

    public SkippedRuns[] ToArray() =>
        [.. reasons.OrderByDescending(reason => reason.Value.Count).Select(reason => new SkippedRuns(reason.Key, reason.Value.Count, reason.Value.Models))];
}
