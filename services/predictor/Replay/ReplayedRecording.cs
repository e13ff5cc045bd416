namespace Platform.Predictor.Replay;

/// <summary>What came of scoring a recording again from the archive, with every link of the chain from its bytes to its score.</summary>
/// <param name="AlarmId">The alarm that the recording opened, continued or cleared.</param>
/// <param name="Outcome">One of <see cref="ReplayOutcomes"/>.</param>
/// <param name="Same">Every score is the one of then, to the bit or but for rounding, and so is the verdict.</param>
/// <param name="Links">In the order of the chain: audio, spec, features, package, run, dataset.</param>
/// <param name="VerdictNow">Null when it could not be scored.</param>
/// <param name="Differences">What is not as it was, in words; empty when all is.</param>
/// <param name="ComputedWithThen">Null for a score of a time when it was not kept.</param>
internal sealed record ReplayedRecording(
    Guid RecordingId,
    string Device,
    Guid? AlarmId,
    DateTimeOffset RecordedAt,
    DateTimeOffset ScoredAt,
    string ModelId,
    int Version,
    long Deployment,
    string Outcome,
    bool Same,
    IReadOnlyList<ChainLink> Links,
    IReadOnlyList<ReplayedScore> Detectors,
    string Verdict,
    string? VerdictNow,
    IReadOnlyList<string> Differences,
    string? ComputedWithThen,
    string ComputedWithNow);

/// <param name="Kept">What the score's row says; null when it was not kept.</param>
/// <param name="Found">What the archive has.</param>
/// <param name="State">One of <see cref="LinkStates"/>.</param>
internal sealed record ChainLink(string Name, string? Kept, string? Found, string State, string? Where = null, string? Detail = null);

/// <param name="Now">Null when it was not computed.</param>
/// <param name="RelativeDifference">Of the scores; null when there is none.</param>
internal sealed record ReplayedScore(
    string Detector, double? Then, double? Now, double? RelativeDifference, double? ThresholdThen, double? ThresholdNow, bool Alarming);

/// <summary>Values of <see cref="ReplayedRecording.Outcome"/>.</summary>
internal static class ReplayOutcomes
{
    /// <summary>Every number is the same to the last bit.</summary>
    internal const string Identical = "identical";

    /// <summary>The same but for rounding: another libtorch, another instruction set, other recordings in the same pass.</summary>
    internal const string WithinTolerance = "within_tolerance";

    internal const string Differs = "differs";

    /// <summary>Something that it takes is gone or is not what it was.</summary>
    internal const string NotPossible = "not_possible";

    /// <summary>From the best to the worst.</summary>
    internal static IReadOnlyList<string> All { get; } = [Identical, WithinTolerance, Differs, NotPossible];
}

/// <summary>Values of <see cref="ChainLink.State"/>.</summary>
internal static class LinkStates
{
    internal const string Verified = "verified";
    internal const string Differs = "differs";
    internal const string Missing = "missing";

    /// <summary>There is nothing to compare with: the score is older than the keeping of it.</summary>
    internal const string NotKept = "not_kept";
}
