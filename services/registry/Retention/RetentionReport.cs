using System.Text.Json.Serialization;

namespace Platform.Registry.Retention;

/// <summary>How much of something there is: versions, folders or runs, their objects and their bytes, and a few of them by name.</summary>
internal sealed class Tally
{
    private const int MostExamples = 50;

    private readonly Lock gate = new();
    private readonly List<string> examples = [];

    public long Count { get; private set; }

    public long Objects { get; private set; }

    public long Bytes { get; private set; }

    public IReadOnlyList<string> Examples => examples;

    public void Add(string what, long objects, long bytes)
    {
        lock (gate)
        {
            (Count, Objects, Bytes) = (Count + 1, Objects + objects, Bytes + bytes);
            if (examples.Count < MostExamples)
                examples.Add(what);
        }
    }

    public void Add(StoredFolder folder) => Add(folder.Prefix, folder.Objects, folder.Bytes);

    [JsonConstructor]
    public Tally(long count = 0, long objects = 0, long bytes = 0, IReadOnlyList<string>? examples = null)
    {
        (Count, Objects, Bytes) = (count, objects, bytes);
        this.examples.AddRange(examples ?? []);
    }
}

/// <summary>What a sweep found and did; in a dry run, what it would have done.</summary>
/// <param name="Kept">Packages that stay.</param>
/// <param name="Marked">Versions that this sweep declared deleted.</param>
/// <param name="Waiting">Versions marked by this or an earlier sweep whose grace is not over.</param>
/// <param name="Swept">Versions whose objects were deleted.</param>
/// <param name="Orphans">Folders that no row knows and whose grace is not over.</param>
/// <param name="SweptOrphans">Folders that no row has known for longer than the grace.</param>
/// <param name="Trimmed">Folders of ended runs that lost what only an active run needs, and weights of versions that were deleted.</param>
/// <param name="Missing">Versions whose row says that there is a package, and there is none: a store that lost data, or an older database.</param>
internal sealed record RetentionResult(
    Tally Kept, Tally Marked, Tally Waiting, Tally Swept, Tally Orphans, Tally SweptOrphans, Tally Trimmed, Tally Missing)
{
    public RetentionResult()
        : this(new(), new(), new(), new(), new(), new(), new(), new())
    {
    }
}

/// <param name="State">See <see cref="RetentionStates"/>.</param>
/// <param name="Result">Null until it has ended.</param>
internal sealed record RetentionReport(
    Guid Id, string State, string? Reason, string Actor, bool DryRun, RetentionPlan Plan, RetentionResult? Result, DateTime StartedAt, DateTime? EndedAt);

internal static class RetentionStates
{
    public const string Running = "running";
    public const string Completed = "completed";
    public const string Failed = "failed";

    /// <summary>Its process was stopped or died; the next sweep goes on where it was.</summary>
    public const string Interrupted = "interrupted";
}
