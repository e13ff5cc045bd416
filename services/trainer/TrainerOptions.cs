using System.ComponentModel.DataAnnotations;
using Platform.Contracts;

namespace Platform.Trainer;

/// <summary>How one worker trains; what a run is like comes with its message.</summary>
internal sealed record TrainerOptions : IValidatableObject
{
    /// <summary>Longest work on one message. RabbitMQ takes a message back after 30 minutes without an answer.</summary>
    [Range(0.01, 25, ErrorMessage = "allowed are 0.01 to 25 minutes.")]
    public double SliceMinutes { get; init; } = 10;

    /// <summary>Longest training that a killed worker can lose.</summary>
    [Range(0.1, 600, ErrorMessage = "allowed are 0.1 to 600 seconds.")]
    public double CheckpointSeconds { get; init; } = 30;

    /// <summary>libtorch threads for runs that do not ask for a number; 0 takes one per processor.</summary>
    [Range(0, 1024, ErrorMessage = "allowed are 0 to 1024.")]
    public int Threads { get; init; }

    /// <summary>What runs compute on that leave it open: <c>auto</c>, <c>cpu</c> or <c>cuda</c>.</summary>
    [AllowedValues(TrainingDevices.Auto, TrainingDevices.Cpu, TrainingDevices.Cuda, ErrorMessage = "allowed are auto, cpu and cuda.")]
    public string Device { get; init; } = TrainingDevices.Auto;

    /// <summary>Free memory without which <c>auto</c> leaves a GPU alone.</summary>
    [Range(0, 1 << 30, ErrorMessage = "allowed are 0 to 1073741824 MiB.")]
    public int MinGpuMemMb { get; init; } = 512;

    /// <summary>Runs of equal shape that train at the same time, with which none of them is bit-reproducible; 0 takes 16 on a GPU and one on the CPU.</summary>
    [Range(0, 64, ErrorMessage = "allowed are 0 to 64.")]
    public int ParallelRuns { get; init; }

    /// <summary>Absolute folder for shards of datasets; workers of one machine may share it, and it may be deleted at any time.</summary>
    [Required(ErrorMessage = "give an absolute folder.")]
    public string CacheDirectory { get; init; } = Path.Combine(Path.GetTempPath(), "platform-trainer");

    /// <summary>Room for shards in <see cref="CacheDirectory"/>; a dataset larger than this is not trained.</summary>
    [Range(1, 1 << 30, ErrorMessage = "allowed are 1 to 1073741824 MiB.")]
    public int DatasetCacheMebibytes { get; init; } = 16 * 1024;

    // One small network leaves a large GPU idle and waiting for its next kernel; on a CPU there is nothing to gain.
    internal int ParallelRunsOn(bool gpu) => (ParallelRuns, gpu) switch
    {
        ( > 0 and var given, _) => given,
        (_, true) => 16,
        _ => 1,
    };

    /// <summary>Messages to work on at the same time.</summary>
    internal int SlicesAtOnce => ParallelRunsOn(Device != TrainingDevices.Cpu && TorchSharp.torch.cuda.is_available());

    internal long MinGpuBytes => (long)MinGpuMemMb << 20;

    internal long DatasetCacheBytes => (long)DatasetCacheMebibytes << 20;

    internal TimeSpan Slice => TimeSpan.FromMinutes(SliceMinutes);

    internal TimeSpan CheckpointInterval => TimeSpan.FromSeconds(CheckpointSeconds);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Path.IsPathFullyQualified(CacheDirectory))
            yield return new("it must be an absolute folder.", [nameof(CacheDirectory)]);
    }
}
