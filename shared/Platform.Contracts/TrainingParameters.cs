namespace Platform.Contracts;

/// <summary>How a run trains; resolved once by the registry and recorded with the run.</summary>
public sealed record TrainingParameters
{
    /// <summary>See <see cref="TrainingModes"/>.</summary>
    public string Mode { get; init; } = TrainingModes.Full;

    /// <summary>Budget in optimiser steps.</summary>
    public int MaxSteps { get; init; } = 2_000;

    /// <summary>When given, the budget is this many passes over the training split instead.</summary>
    public int? Epochs { get; init; }

    /// <summary>Patches per optimiser step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Adam's learning rate.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Steps in which the learning rate rises linearly to its full value; 0 starts with the full one.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>See <see cref="LrSchedules"/>: what the learning rate does after the warm-up.</summary>
    public string LrSchedule { get; init; } = LrSchedules.Constant;

    /// <summary>Where the schedule <see cref="LrSchedules.Cosine"/> ends.</summary>
    public double MinLearningRate { get; init; }

    /// <summary>Evaluations without improvement before training stops.</summary>
    public int Patience { get; init; } = 20;

    /// <summary>No early stop before this many passes.</summary>
    public int MinEpochs { get; init; } = 10;

    /// <summary>Share of the recordings held out for validation and thresholds.</summary>
    public double ValidationFraction { get; init; } = 0.2;

    /// <summary>Share of the recordings that is only looked at when the model is finished, beside the validation split; 0 for none.</summary>
    public double TestFraction { get; init; }

    /// <summary>Recordings per run below which it is not possible; counted after the selection.</summary>
    public int MinSamples { get; init; } = 2;

    /// <summary>
    /// Mode incremental: which of the plant's days is taken, counted back from the day of the request; 0 is that day itself. What no deployed
    /// version of the model has seen comes along whatever its day.
    /// </summary>
    public int UseDaysAgo { get; init; } = 1;

    /// <summary>Mode full: first of the plant's days that is taken, as <see cref="Days"/> reads it; null for no limit.</summary>
    public string? FromDay { get; init; }

    /// <summary>Mode full: last day that is taken, likewise.</summary>
    public string? ToDay { get; init; }

    /// <summary>Hours of audio that are drawn by the seed, in equal shares of the devices; 0 takes everything.</summary>
    public double SampleHours { get; init; }

    /// <summary>Standard deviations above the middle of held-out scores: of the scores for the rule sigma, of their logarithms for margin.</summary>
    public double ThresholdSigma { get; init; } = 3.0;

    /// <summary>See <see cref="ThresholdRules"/>: which of the thresholds that are computed is used.</summary>
    public string ThresholdRule { get; init; } = ThresholdRules.Margin;

    /// <summary>See <see cref="ThresholdSources"/>: whose scores the thresholds come from.</summary>
    public string ThresholdFrom { get; init; } = ThresholdSources.Validation;

    /// <summary>Everything random in the run comes from it.</summary>
    public long Seed { get; init; }

    /// <summary>libtorch threads; 0 lets the worker choose, and the run records what it was.</summary>
    public int Threads { get; init; }

    /// <summary>See <see cref="TrainingDevices"/>.</summary>
    public string Device { get; init; } = TrainingDevices.Auto;

    /// <summary>See <see cref="Precisions"/>.</summary>
    public string Precision { get; init; } = Precisions.Fp32;

    /// <summary>New version is rejected when its error exceeds this factor times the champion's.</summary>
    public double RollbackFactor { get; init; } = 2.0;

    /// <summary>Deploys an accepted version without asking.</summary>
    public bool AutoDeploy { get; init; } = true;

    /// <summary>Skips the gate: the version is accepted whatever the comparison with the champion says. The trainer takes no notice.</summary>
    public bool Force { get; init; }
}

/// <summary>Values of <see cref="TrainingParameters.Mode"/>.</summary>
public static class TrainingModes
{
    public const string ColdStart = "cold_start";
    public const string Incremental = "incremental";
    public const string Full = "full";

    public static IReadOnlyList<string> All { get; } = [ColdStart, Incremental, Full];
}

/// <summary>Values of <see cref="TrainingParameters.LrSchedule"/>.</summary>
public static class LrSchedules
{
    public const string Constant = "constant";

    /// <summary>Half a cosine over the budget.</summary>
    public const string Cosine = "cosine";

    public static IReadOnlyList<string> All { get; } = [Constant, Cosine];
}

/// <summary>Values of <see cref="TrainingParameters.ThresholdRule"/>.</summary>
public static class ThresholdRules
{
    /// <summary>A multiple of the median: the detector's margin for drift and noise, or what the scores' spread makes if that is more.</summary>
    public const string Margin = "margin";

    /// <summary>Mean plus <see cref="TrainingParameters.ThresholdSigma"/> standard deviations.</summary>
    public const string Sigma = "sigma";

    /// <summary>The quantile 0.99.</summary>
    public const string Q99 = "q99";

    /// <summary>The quantile 0.999.</summary>
    public const string Q999 = "q999";

    public static IReadOnlyList<string> All { get; } = [Margin, Sigma, Q99, Q999];
}

/// <summary>Values of <see cref="TrainingParameters.ThresholdFrom"/>.</summary>
public static class ThresholdSources
{
    /// <summary>Recordings that were held out.</summary>
    public const string Validation = "validation";

    /// <summary>Recordings that the model was fitted on, as the usual recipe has it: lower scores than new recordings get.</summary>
    public const string Training = "training";

    public static IReadOnlyList<string> All { get; } = [Validation, Training];
}

/// <summary>Values of <see cref="TrainingParameters.Device"/>.</summary>
public static class TrainingDevices
{
    /// <summary>The GPU when it has enough free memory, otherwise the CPU.</summary>
    public const string Auto = "auto";

    public const string Cpu = "cpu";

    /// <summary>The GPU; a worker that has none warns and uses the CPU.</summary>
    public const string Cuda = "cuda";

    public static IReadOnlyList<string> All { get; } = [Auto, Cpu, Cuda];
}

/// <summary>Values of <see cref="TrainingParameters.Precision"/>.</summary>
public static class Precisions
{
    public const string Fp32 = "fp32";

    /// <summary>Half precision where it is safe, with a scaled loss; on a GPU.</summary>
    public const string Amp = "amp";

    /// <summary>bfloat16 where it is safe; on CPUs and GPUs that have it.</summary>
    public const string Bf16 = "bf16";

    public static IReadOnlyList<string> All { get; } = [Fp32, Amp, Bf16];
}
