using System.Globalization;
using Platform.Testing;

namespace Platform.Trainer.Tests;

/// <summary>Where a trainer is to die.</summary>
internal abstract record KillPoint
{
    private KillPoint()
    {
    }

    /// <summary>So long after the run's folder was first asked for.</summary>
    internal sealed record Moment(int Milliseconds) : KillPoint;

    /// <summary>Before or after the n-th write of a kind: a death between two files.</summary>
    internal sealed record Boundary(string Kind, int Number, bool After) : KillPoint;

    // Of one checkpoint: four parts, the decision, four copies, the manifest, five deletions of traces, five of an old checkpoint.
    private const int CheckpointWrites = 20;

    // Ten files of the run's folder, then those of the package in the same way as a checkpoint's, then the metadata.
    private const int EndWrites = 40;

    internal const string Claim = "claim";
    internal const string Start = "start";
    internal const string Checkpoint = "checkpoint";
    internal const string End = "end";

    /// <summary>What a write is part of.</summary>
    internal static string KindOf(StoreRequest request) => request.Key.Split('/') switch
    {
        ["runs", _, "slices", ..] => Claim,
        ["runs", _, "starts", ..] => Start,
        ["runs", _, "checkpoints", ..] => Checkpoint,
        _ => End,
    };

    /// <summary>Boundaries of a checkpoint, each once before any comes again, and among them every other kind.</summary>
    internal static IEnumerable<KillPoint> Draw(Random random)
    {
        var boundaries = new Queue<Boundary>();
        while (true)
        {
            foreach (var kind in (string[])[Checkpoint, "moment", End, Checkpoint, Claim, Checkpoint, "moment", Checkpoint, End, Checkpoint, "moment", Start])
            {
                if (boundaries.Count == 0)
                    boundaries = new(Every(random));
                yield return kind switch
                {
                    Checkpoint => boundaries.Dequeue(),
                    End => new Boundary(End, random.Next(1, EndWrites + 1), random.Next(2) == 0),
                    Claim or Start => new Boundary(kind, 1, random.Next(2) == 0),
                    _ => new Moment(random.Next(1500)),
                };
            }
        }
    }

    private static Boundary[] Every(Random random)
    {
        Boundary[] all = [.. Enumerable.Range(0, 2 * CheckpointWrites).Select(i => new Boundary(Checkpoint, 1 + i / 2, i % 2 == 1))];
        random.Shuffle(all);
        return all;
    }

    public sealed override string ToString() => this switch
    {
        Moment moment => string.Create(CultureInfo.InvariantCulture, $"after {moment.Milliseconds} ms"),
        Boundary boundary => string.Create(CultureInfo.InvariantCulture, $"{(boundary.After ? "after" : "before")} {boundary.Kind} write {boundary.Number}"),
        _ => base.ToString()!,
    };
}
