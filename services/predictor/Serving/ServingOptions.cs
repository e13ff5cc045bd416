using System.ComponentModel.DataAnnotations;

namespace Platform.Predictor.Serving;

/// <summary>How many models this replica keeps in memory.</summary>
internal sealed record ServingOptions
{
    /// <summary>
    /// Memory for models, in MiB; a conv-ae of the default size takes about one. The model loaded last always stays, however small this is.
    /// </summary>
    [Range(1, 1_048_576, ErrorMessage = "allowed are 1 to 1048576 MiB.")]
    public int ModelMemoryMebibytes { get; init; } = 1_024;

    internal long ModelMemoryBytes => ModelMemoryMebibytes * 1024L * 1024L;
}
