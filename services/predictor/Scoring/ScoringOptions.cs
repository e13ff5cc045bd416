using System.ComponentModel.DataAnnotations;

namespace Platform.Predictor.Scoring;

/// <summary>How much this replica computes at once.</summary>
internal sealed record ScoringOptions
{
    /// <summary>Recordings in computation at the same time, each on one core; 0 takes as many as the process has cores.</summary>
    [Range(0, 256, ErrorMessage = "allowed are 0 (one per core) to 256.")]
    public int Parallelism { get; init; }

    /// <summary>Largest WAV that may be posted, in MiB.</summary>
    [Range(1, 1_024, ErrorMessage = "allowed are 1 to 1024 MiB.")]
    public int MaxAudioMebibytes { get; init; } = 64;

    internal int Slots => Parallelism > 0 ? Parallelism : Environment.ProcessorCount;
    internal long MaxAudioBytes => MaxAudioMebibytes * 1024L * 1024L;
}
