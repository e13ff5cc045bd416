using System.ComponentModel.DataAnnotations;

namespace Platform.Features.Datasets;

/// <summary>How datasets are written.</summary>
internal sealed record DatasetOptions
{
    /// <summary>
    /// Work on one message before the rest is handed on as another. One shard is always written, however long that takes; a fast store may
    /// take more of them at once.
    /// </summary>
    [Range(0, 900, ErrorMessage = "allowed is 0 to 900 seconds; the broker takes a message back after half an hour.")]
    public int SliceSeconds { get; init; } = 30;

    /// <summary>Largest object of normalised patches; a recording that is longer has a shard of its own.</summary>
    [Range(1, 256, ErrorMessage = "allowed is 1 to 256 MiB.")]
    public int ShardMebibytes { get; init; } = 256;

    internal const string Section = "Datasets";
}
