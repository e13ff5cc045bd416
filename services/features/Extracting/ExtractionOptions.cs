using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Platform.Features.Extracting;

/// <summary>How much of the machine extraction may use.</summary>
internal sealed record ExtractionOptions
{
    /// <summary>Recordings extracted at the same time by one instance; each holds its audio and its patches in memory.</summary>
    [Range(1, 64, ErrorMessage = "allowed is 1 to 64.")]
    public int Concurrency { get; init; } = DefaultConcurrency;

    internal const string Section = "Extraction";

    private static readonly int DefaultConcurrency = Math.Min(4, Environment.ProcessorCount);

    /// <summary>
    /// The same before the options are validated, because queues are declared first. A wrong value gives the default here; validation
    /// then ends the start.
    /// </summary>
    internal static int ConcurrencyOf(IConfiguration configuration) =>
        int.TryParse(configuration[$"{Section}:{nameof(Concurrency)}"], CultureInfo.InvariantCulture, out var given) && given is >= 1 and <= 64
            ? given
            : DefaultConcurrency;
}
