namespace Platform.Contracts;

/// <summary>Build the dataset of a run and, when there is enough data, publish <see cref="TrainRequested"/>.</summary>
/// <param name="BatchId">One firing of a schedule; null for a run that a person asked for.</param>
/// <param name="Scope">Which devices the model is for, as resolved when the run was created.</param>
/// <param name="Champion">The deployed version to compare with and to start from; null for a first model.</param>
public sealed record PrepareTraining(
    Guid RunId,
    string RunName,
    Guid? BatchId,
    TrainingScope Scope,
    TrainingParameters Parameters,
    ChampionVersion? Champion,
    DateTimeOffset RequestedAt);

/// <summary>
/// Train one slice of a run. The trainer publishes the continuation itself; slice <paramref name="Slice"/> is claimed
/// by creating <c>runs/{run}/slices/{slice}</c> with the message id, so a second message for it is a duplicate.
/// </summary>
/// <param name="Slice">0 for the first; each continuation adds one.</param>
/// <param name="Attempt">Slices in a row without a new checkpoint before this one; five fail the run.</param>
/// <param name="DatasetManifestKey">Object key of the dataset's <c>manifest.json</c>.</param>
/// <param name="DatasetManifestSha256">Lower-case hex of that manifest.</param>
public sealed record TrainRequested(
    Guid RunId,
    string RunName,
    Guid? BatchId,
    TrainingScope Scope,
    TrainingParameters Parameters,
    ChampionVersion? Champion,
    string DatasetId,
    string DatasetManifestKey,
    string DatasetManifestSha256,
    int Slice,
    int Attempt,
    DateTimeOffset RequestedAt);

/// <summary>
/// Check the files of a model that was trained elsewhere and make a package of them in the run's folder. The answer is that of a training:
/// <see cref="TrainingCompleted"/> without a dataset (empty id), or <see cref="TrainingFailed"/>.
/// </summary>
/// <param name="FilesPrefix">Key prefix of what was handed in, without a trailing slash; its <c>manifest.json</c> was written last.</param>
/// <param name="FilesManifestSha256">Lower-case hex of that manifest.</param>
/// <param name="Source">Where the files came from, for people.</param>
public sealed record ImportModel(
    Guid RunId,
    string RunName,
    TrainingScope Scope,
    string FilesPrefix,
    string FilesManifestSha256,
    string Source,
    DateTimeOffset RequestedAt);

/// <summary>A run cannot be trained with the data there is; final.</summary>
/// <param name="Reason">For people: what is missing.</param>
/// <param name="Available">Recordings that could be used.</param>
/// <param name="Required">Recordings that the run asked for at least.</param>
public sealed record TrainingNotPossible(
    Guid RunId,
    string Reason,
    int Available,
    int Required,
    DateTimeOffset At);

/// <summary>A run is alive: announced when preparing starts, when a slice starts, at each epoch and in between long ones.</summary>
/// <param name="Phase">See <see cref="TrainingPhases"/>; <c>preparing</c> comes from features, the others from the trainer.</param>
/// <param name="Sequence">Orders reports of one run: slice × 1 000 000 + step; lower ones are ignored.</param>
/// <param name="ValidationLoss">Null when there is no validation split or it was not measured yet.</param>
/// <param name="Host">Machine and process that does the work.</param>
public sealed record TrainingProgressed(
    Guid RunId,
    string Phase,
    long Sequence,
    int Slice,
    int Attempt,
    int Epoch,
    int Step,
    int MaxSteps,
    double? TrainingLoss,
    double? ValidationLoss,
    double PatchesPerSecond,
    string Host,
    DateTimeOffset At);

/// <summary>A run ended with a complete package in its run folder; registry gives it a version.</summary>
/// <param name="PackagePrefix">Key prefix of the package, without a trailing slash; its <c>manifest.json</c> was written last.</param>
/// <param name="PackageManifestSha256">Lower-case hex of that manifest.</param>
/// <param name="SpecHash">Feature spec that the model was trained under.</param>
/// <param name="Thresholds">One per device and detector; empty when there was too little data, and then the version is not deployed.</param>
/// <param name="NewErrorDb2">Mean squared error on the validation patches in dB², of the new model; null without a split.</param>
/// <param name="OldErrorDb2">The same of <see cref="ChampionVersion"/> on the same patches under its own scale; null without one.</param>
/// <param name="ComparedWithVersion">The champion's version that <paramref name="OldErrorDb2"/> belongs to.</param>
public sealed record TrainingCompleted(
    Guid RunId,
    string RunName,
    TrainingScope Scope,
    string DatasetId,
    string SpecHash,
    string PackagePrefix,
    string PackageManifestSha256,
    IReadOnlyList<DeviceThreshold> Thresholds,
    double? NewErrorDb2,
    double? OldErrorDb2,
    int? ComparedWithVersion,
    int Epochs,
    int Steps,
    int Patches,
    int Recordings,
    double? TrainingLoss,
    double? ValidationLoss,
    double TrainingSeconds,
    DateTimeOffset CompletedAt);

/// <summary>A run ended without a model; final.</summary>
public sealed record TrainingFailed(Guid RunId, string Reason, int Slice, int Attempt, DateTimeOffset FailedAt);

/// <summary>The threshold of one detector for one device, fitted on what <see cref="TrainingParameters.ThresholdFrom"/> says.</summary>
/// <param name="Recordings">How many recordings it was fitted on.</param>
public sealed record DeviceThreshold(string Device, string Detector, double Threshold, int Recordings);

/// <summary>Which devices a model is for. A subset is never recorded as <c>_all</c>.</summary>
/// <param name="Mode">See <see cref="ScopeModes"/>.</param>
/// <param name="Scope">E.g. <c>LT-2_all</c>, <c>pump_specific_S001_S002</c>, <c>all</c>.</param>
/// <param name="Aggregation"><c>pooled | balanced</c> for models of several devices; null for mode device.</param>
/// <param name="ModelType">E.g. <c>conv-ae</c>.</param>
/// <param name="ModelId"><c>{mode}/{scope}[/{aggregation}]/{model_type}</c>.</param>
/// <param name="Devices">Sorted and without duplicates.</param>
public sealed record TrainingScope(
    string Mode,
    string Scope,
    string? Aggregation,
    string ModelType,
    string ModelId,
    IReadOnlyList<string> Devices);

/// <summary>The deployed version that a run is compared with.</summary>
public sealed record ChampionVersion(int Version, string PackagePrefix, string PackageManifestSha256, string SpecHash);

/// <summary>Values of <see cref="TrainingScope.Mode"/>.</summary>
public static class ScopeModes
{
    public const string Device = "device";
    public const string MachineType = "machine_type";
    public const string Site = "site";
    public const string Global = "global";

    public static IReadOnlyList<string> All { get; } = [Device, MachineType, Site, Global];
}

/// <summary>Values of <see cref="TrainingProgressed.Phase"/>.</summary>
public static class TrainingPhases
{
    public const string Preparing = "preparing";

    /// <summary>A slice waits for a free trainer; the registry sees that from <see cref="TrainRequested"/> itself.</summary>
    public const string Waiting = "waiting";

    public const string Training = "training";
    public const string Evaluating = "evaluating";
    public const string Packaging = "packaging";
}

/// <summary>States of a run.</summary>
public static class RunStates
{
    public const string Queued = "queued";
    public const string Preparing = "preparing";
    public const string Running = "running";
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";
    public const string NotPossible = "not_possible";

    public static IReadOnlyList<string> Active { get; } = [Queued, Preparing, Running];
}
