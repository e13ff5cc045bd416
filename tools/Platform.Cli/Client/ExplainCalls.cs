namespace Platform.Cli.Client;

/// <summary>What the predictor tells about single recordings, and what it computes again.</summary>
internal static class ExplainCalls
{
    /// <param name="frames">Entries that the answer may have in time.</param>
    public static Task<Explanation> GetExplanation(this PlatformClient client, Guid recording, int frames, CancellationToken cancellationToken) =>
        client.Predictor<Explanation>(HttpMethod.Get, $"/recordings/{recording}/explanation?frames={frames}", null, cancellationToken);

    public static Task<byte[]> GetHeatMap(this PlatformClient client, Guid recording, CancellationToken cancellationToken) =>
        client.DrawnByPredictor($"/recordings/{recording}/explanation.png", null, cancellationToken);

    /// <summary>The same of a file that is not archived.</summary>
    public static Task<byte[]> PostHeatMap(this PlatformClient client, string device, string file, CancellationToken cancellationToken) =>
        client.DrawnByPredictor($"/devices/{Uri.EscapeDataString(device)}/explain.png", file, cancellationToken);

    /// <summary>Null when there is no such alarm.</summary>
    public static Task<ReplayedAlarm?> ReplayAlarm(this PlatformClient client, Guid alarm, bool all, Guid? after, CancellationToken cancellationToken) =>
        client.FindInPredictor<ReplayedAlarm>(
            HttpMethod.Post, $"/alarms/{alarm}/replay?all={(all ? "true" : "false")}{(after is null ? "" : $"&after={after}")}", cancellationToken);

    /// <summary>Null when there is no such recording.</summary>
    public static Task<ReplayedRecording?> ReplayRecording(this PlatformClient client, Guid recording, CancellationToken cancellationToken) =>
        client.FindInPredictor<ReplayedRecording>(HttpMethod.Post, $"/recordings/{recording}/replay", cancellationToken);
}

internal sealed record Explanation(
    Guid? RecordingId, string Device, DateTimeOffset? RecordedAt, DateTimeOffset? ScoredAt, string ModelId, int Version, long Deployment, string SpecHash,
    string Detector, double Score, double Threshold, string Verdict, IReadOnlyList<DetectorScore> Detectors, double Seconds, bool Relative,
    IReadOnlyList<PatchError> PatchErrors, IReadOnlyList<BandError> Bands, IReadOnlyList<FrameError> Frames,
    IReadOnlyList<WorstBands> WorstBands, IReadOnlyList<WorstSeconds> WorstSeconds, string Summary);

internal sealed record PatchError(int Patch, double FromSeconds, double ToSeconds, double Error);

internal sealed record BandError(
    int Band, double FromHz, double CentreHz, double ToHz, double Error, double Decibels, double? Usual, double? TimesUsual, double? LevelShift);

internal sealed record FrameError(double FromSeconds, double ToSeconds, double? Error, double? PeakError, double? TimesUsual);

internal sealed record WorstBands(int FirstBand, int LastBand, double FromHz, double ToHz, double PeakHz, string Name, string Size);

internal sealed record WorstSeconds(double FromSeconds, double ToSeconds, double PeakSeconds, string Name, string Size);

/// <param name="Next">Where the next page begins; null on the last one.</param>
internal sealed record ReplayedAlarm(Guid AlarmId, string Device, DateTimeOffset OpenedAt, string Outcome, bool Same, IReadOnlyList<ReplayedRecording> Recordings, Guid? Next);

/// <param name="Links">From the bytes of the audio to the dataset of the run.</param>
internal sealed record ReplayedRecording(
    Guid RecordingId, string Device, Guid? AlarmId, DateTimeOffset RecordedAt, DateTimeOffset ScoredAt, string ModelId, int Version, long Deployment,
    string Outcome, bool Same, IReadOnlyList<ChainLink> Links, IReadOnlyList<ReplayedScore> Detectors, string Verdict, string? VerdictNow,
    IReadOnlyList<string> Differences, string? ComputedWithThen, string ComputedWithNow);

internal sealed record ChainLink(string Name, string? Kept, string? Found, string State, string? Where, string? Detail);

internal sealed record ReplayedScore(
    string Detector, double? Then, double? Now, double? RelativeDifference, double? ThresholdThen, double? ThresholdNow, bool Alarming);
