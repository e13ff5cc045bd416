using System.Text.Json.Serialization;
using Platform.Contracts;

namespace Platform.Trainer.Training;

/// <summary>Where a run stands beside its tensors; <c>state.json</c> of a checkpoint.</summary>
internal sealed class TrainingState
{
    public const int CurrentFormat = 1;

    public int Format { get; init; } = CurrentFormat;

    /// <summary>Hash of the dataset's manifest: a checkpoint of other data is not resumed.</summary>
    public required string DatasetManifestSha256 { get; init; }

    public required long Seed { get; init; }

    /// <summary>libtorch threads of the whole run, whoever resumes it: sums depend on how work is divided.</summary>
    public required int Threads { get; init; }

    public required string LibtorchVersion { get; init; }

    public required string InstructionSet { get; init; }

    /// <summary>What the run computes on since its last change, and in which precision; see <see cref="Compute"/>.</summary>
    public string Device { get; set; } = TrainingDevices.Cpu;

    public string Precision { get; set; } = Precisions.Fp32;

    /// <summary>Only with a precision that scales the loss.</summary>
    public GradScalerState? GradScaler { get; set; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Version of the champion whose weights the run started from.</summary>
    public int? StartedFrom { get; init; }

    public List<string> Notes { get; init; } = [];

    /// <summary>Optimiser steps taken.</summary>
    public int Step { get; set; }

    /// <summary>Passes completed; the next permutation is this number's.</summary>
    public int Epoch { get; set; }

    /// <summary>Steps taken in the current pass: the sampler's position.</summary>
    public int StepInEpoch { get; set; }

    /// <summary>Sum over the patches of the current pass, and how many they are.</summary>
    public double EpochLossSum { get; set; }

    public int EpochPatches { get; set; }

    /// <summary>Of the current pass so far, or of the one that just ended; not of interest in a checkpoint.</summary>
    [JsonIgnore]
    public double PassLoss { get; set; }

    /// <summary>Of the last complete pass.</summary>
    public double? TrainingLoss { get; set; }

    /// <summary>Of the last evaluation; null without a validation split.</summary>
    public double? ValidationLoss { get; set; }

    public double? BestLoss { get; set; }

    public int BestStep { get; set; }

    /// <summary>Evaluations since the best one.</summary>
    public int Stale { get; set; }

    public bool StoppedEarly { get; set; }

    public double TrainingSeconds { get; set; }

    /// <summary>Patches trained on since the last evaluation, and <see cref="TrainingSeconds"/> then.</summary>
    public int PatchesSinceEvaluation { get; set; }

    public double SecondsAtEvaluation { get; set; }

    public List<MetricPoint> Metrics { get; init; } = [];
}

/// <summary>One evaluation; a line of <c>metrics.jsonl</c>.</summary>
/// <param name="Seconds">Of training since the run began.</param>
/// <param name="Lr">Learning rate of the step before it.</param>
/// <param name="PatchesPerSecond">Trained on since the evaluation before, that one's time included.</param>
/// <param name="MemoryMib">Resident memory of the process.</param>
internal sealed record MetricPoint(
    int Step,
    int Epoch,
    double? TrainingLoss,
    double? ValidationLoss,
    bool Best,
    double Seconds,
    double Lr,
    double PatchesPerSecond,
    double MemoryMib);
