using System.ComponentModel.DataAnnotations;

namespace Platform.Features.Extracting;

/// <summary>How much of the machine extraction may use.</summary>
internal sealed record ExtractionOptions
{
    /// <summary>Recordings extracted at the same time by one instance; each holds its audio and its patches in memory.</summary>
    [Range(1, 64, ErrorMessage = "allowed is 1 to 64.")]
    public int Concurrency { get; init; } = Math.Min(4, Environment.ProcessorCount);
}
