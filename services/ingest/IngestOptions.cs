using System.ComponentModel.DataAnnotations;

namespace Platform.Ingest;

/// <summary>What a plant may want to set differently.</summary>
internal sealed record IngestOptions
{
    /// <summary>Largest recording that is accepted; 512 MiB are 48 minutes of 32-bit stereo at 24 kHz.</summary>
    [Range(1, long.MaxValue, ErrorMessage = "allowed is 1 or more.")]
    public long MaxRecordingBytes { get; init; } = 512L * 1024 * 1024;

    /// <summary>What an upload left under <c>staging/</c> is deleted when it is older; far above the longest upload.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00", ErrorMessage = "allowed is 00:00:01 to 365.00:00:00.")]
    public TimeSpan StagingMaxAge { get; init; } = TimeSpan.FromDays(1);
}
