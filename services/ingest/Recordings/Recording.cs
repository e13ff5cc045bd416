namespace Platform.Ingest;

/// <summary>One archived audio file, as the table and the API show it.</summary>
internal sealed record Recording
{
    public required Guid Id { get; init; }

    public required string Device { get; init; }

    public required string Sha256 { get; init; }

    public required long SizeBytes { get; init; }

    public required string ObjectKey { get; init; }

    /// <summary>What its first bytes said that it is, such as <c>wav</c> or <c>flac</c>; the extension of its key.</summary>
    public required string Format { get; init; }

    public string? Name { get; init; }

    public required DateTime RecordedAt { get; init; }

    /// <summary>The plant's day, <c>yyyyMMdd</c>.</summary>
    public required string Day { get; init; }

    public required DateTime ArchivedAt { get; init; }

    public required string Label { get; init; }

    public long LabelRevision { get; init; }

    public required string Verdict { get; init; }

    public string? VerdictModelId { get; init; }

    public int? VerdictVersion { get; init; }

    public long? VerdictDeployment { get; init; }

    public double? Score { get; init; }

    public double? Threshold { get; init; }

    public DateTime? ScoredAt { get; init; }

    public required string State { get; init; }

    /// <summary>Why no features could be made of it under its device's spec; see <c>ExtractionFailures</c>.</summary>
    public string? Reason { get; init; }

    public string? Detail { get; init; }

    /// <summary>Its length; null until it was decoded, and of one that cannot be.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>Of a false alarm: the deployed model that has learnt it; null as long as none has.</summary>
    public string? AbsorbedBy { get; init; }

    public int? AbsorbedVersion { get; init; }

    public DateTime? AbsorbedAt { get; init; }
}

/// <summary>Values of <see cref="Recording.State"/>.</summary>
internal static class RecordingStates
{
    public const string Archived = "archived";
    public const string Quarantined = "quarantined";

    /// <summary>Archived, and shorter than one window of the spec that its device has now.</summary>
    public const string TooShort = "too_short";

    public static IReadOnlyList<string> All { get; } = [Archived, TooShort, Quarantined];
}
