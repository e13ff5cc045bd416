namespace Platform.Models;

/// <summary>How a model came to be: enough to train it again and to explain it. <c>metadata.json</c>.</summary>
/// <param name="Threads">libtorch threads; with the seed, libtorch and instruction set they decide the weights bit for bit.</param>
/// <param name="InstructionSet">What libtorch's kernels are chosen by, e.g. <c>AVX512</c>.</param>
/// <param name="NewErrorDb2">Mean squared error on the validation patches in dB²; null without a validation split.</param>
/// <param name="OldErrorDb2">The same of version <paramref name="ComparedWithVersion"/> on the same patches.</param>
/// <param name="StartedFrom">Version whose weights the run started from; null when it started from scratch.</param>
/// <param name="Notes">What people should know, e.g. why an incremental run started from scratch.</param>
/// <param name="Device">What it was trained on, e.g. <c>cpu</c>; this and what follows is null in packages from before it was kept.</param>
/// <param name="GitCommit">Of the source that the trainer was built from.</param>
/// <param name="TrainingDescription">Mode, scope, aggregation and type in one line.</param>
/// <param name="Precision">Of the training, e.g. <c>fp32</c>; scores are always computed in float32.</param>
public sealed record ModelMetadata(
    Guid RunId,
    string RunName,
    string DatasetId,
    long Seed,
    int Threads,
    string LibtorchVersion,
    string InstructionSet,
    string Host,
    DateTimeOffset StartedAt,
    DateTimeOffset CompletedAt,
    double TrainingSeconds,
    int Epochs,
    int Steps,
    int BestStep,
    int Patches,
    int Recordings,
    int ValidationPatches,
    int ValidationRecordings,
    double? TrainingLoss,
    double? ValidationLoss,
    double? NewErrorDb2,
    double? OldErrorDb2,
    int? ComparedWithVersion,
    int? StartedFrom,
    IReadOnlyList<string> Notes,
    string? Device = null,
    string? GitCommit = null,
    string? TrainingDescription = null,
    string? Precision = null);
