namespace Platform.Cli.Client;

/// <summary>Alarms, what people say about them, and trends.</summary>
internal static class AlarmCalls
{
    /// <summary>Newest first.</summary>
    public static Task<List<Alarm>> GetAlarms(this PlatformClient client, string? device, bool open, int limit, CancellationToken cancellationToken) =>
        client.Predictor<List<Alarm>>(
            HttpMethod.Get, $"/alarms?limit={limit}{(open ? "&open=true" : "")}{(device is null ? "" : $"&device={Uri.EscapeDataString(device)}")}",
            null, cancellationToken);

    /// <param name="id">Or its beginning.</param>
    /// <param name="limit">Recordings of its beginning, and of its end.</param>
    public static Task<AlarmDetails> GetAlarm(this PlatformClient client, string id, int limit, CancellationToken cancellationToken) =>
        client.Predictor<AlarmDetails>(HttpMethod.Get, $"/alarms/{Uri.EscapeDataString(id)}?limit={limit}", null, cancellationToken);

    /// <summary>A page of an alarm's recordings, oldest first.</summary>
    /// <param name="after">The last recording of the page before; null for the first page.</param>
    public static Task<List<AlarmedScore>> GetAlarmRecordings(
        this PlatformClient client, Guid alarm, int limit, Guid? after, CancellationToken cancellationToken) =>
        client.Predictor<List<AlarmedScore>>(
            HttpMethod.Get, $"/alarms/{alarm}/recordings?limit={limit}{(after is null ? "" : $"&after={after}")}", null, cancellationToken);

    public static Task<Alarm> CloseAlarm(this PlatformClient client, string id, string by, string? note, CancellationToken cancellationToken) =>
        client.Predictor<Alarm>(HttpMethod.Post, $"/alarms/{Uri.EscapeDataString(id)}/close", new { by, note }, cancellationToken);

    public static Task<AlarmRules> GetAlarmRules(this PlatformClient client, string device, CancellationToken cancellationToken) =>
        client.Predictor<AlarmRules>(HttpMethod.Get, $"/devices/{Uri.EscapeDataString(device)}/alarm-rules", null, cancellationToken);

    public static Task<AlarmRules> PutAlarmRules(this PlatformClient client, string device, object rules, CancellationToken cancellationToken) =>
        client.Predictor<AlarmRules>(HttpMethod.Put, $"/devices/{Uri.EscapeDataString(device)}/alarm-rules", rules, cancellationToken);

    public static Task<AlarmRules> ResetAlarmRules(this PlatformClient client, string device, CancellationToken cancellationToken) =>
        client.Predictor<AlarmRules>(HttpMethod.Delete, $"/devices/{Uri.EscapeDataString(device)}/alarm-rules", null, cancellationToken);

    public static Task<DeviceTrend> GetTrend(this PlatformClient client, string device, int days, CancellationToken cancellationToken) =>
        client.Predictor<DeviceTrend>(HttpMethod.Get, $"/devices/{Uri.EscapeDataString(device)}/trend?days={days}", null, cancellationToken);

    public static Task<LabelledRecording> Label(
        this PlatformClient client, Guid recording, string label, string by, string? note, CancellationToken cancellationToken) =>
        client.Ingest<LabelledRecording>(HttpMethod.Put, $"/recordings/{recording}/label", new { label, by, note }, cancellationToken);

    /// <summary>The recording that an id or its beginning names.</summary>
    public static async Task<LabelledRecording> FindRecording(this PlatformClient client, string id, CancellationToken cancellationToken)
    {
        var found = await client.Ingest<List<LabelledRecording>>(
            HttpMethod.Get, $"/recordings?prefix={Uri.EscapeDataString(id)}", null, cancellationToken);
        return found switch
        {
            [var one] => one,
            [] => throw new PlatformException($"there is no recording '{id}'."),
            _ => throw new PlatformException($"several recordings begin with '{id}', among them {found[0].Id} and {found[1].Id}; give more of the id."),
        };
    }
}

/// <param name="Recordings">Anomalous ones.</param>
/// <param name="CloseReason"><c>quiet | person | labels | withdrawn</c>; null while it is open.</param>
/// <param name="Outcome"><c>confirmed | false_alarm</c>; null until people have heard all of it.</param>
internal sealed record Alarm(
    Guid Id, string Device, string ModelId, int Version, bool Open, Guid OpenedBy, DateTimeOffset OpenedAt, DateTimeOffset LastRecordedAt,
    int Recordings, DateTimeOffset? ClosedAt, string? CloseReason, string? ClosedByPerson, string? CloseNote, int LabelledNormal,
    int LabelledAnomalous, string? Outcome);

internal sealed record AlarmDetails(Alarm Alarm, IReadOnlyList<AlarmedScore> Scores);

/// <param name="AlarmChange"><c>none | opened | continued | held | cleared</c></param>
/// <param name="Evidence">One of those that opened it.</param>
/// <param name="Absorbed">The deployed version that has learnt this false alarm.</param>
internal sealed record AlarmedScore(
    Guid RecordingId, DateTimeOffset RecordedAt, string AlarmChange, bool Evidence, string Verdict, double Score, double Threshold, string Detector,
    IReadOnlyList<AlarmedDetector> Detectors, string ModelId, int Version, long Deployment, string AudioSha256, string? Label, string? LabelledBy,
    DateTimeOffset? LabelledAt, Absorbed? Absorbed)
{
    public bool CountsForAlarm => Evidence || AlarmChange is "opened" or "continued";
}

internal sealed record AlarmedDetector(string Detector, double Score, double Threshold, bool Alarming, bool Exceeded);

internal sealed record Absorbed(string ModelId, int Version, DateTimeOffset At);

/// <param name="Own">What was said for this device alone; null when nothing was.</param>
internal sealed record AlarmRules(string Device, int OpenAfter, int OfLast, int ClearAfter, double ClearBelow, OwnAlarmRules? Own);

internal sealed record OwnAlarmRules(int? OpenAfter, int? OfLast, int? ClearAfter, double? ClearBelow, string? SetBy, DateTimeOffset SetAt);

internal sealed record DeviceTrend(string Device, string TimeZone, IReadOnlyList<DeploymentTrend> Deployments, IReadOnlyList<DayTrend> Days);

internal sealed record DeploymentTrend(
    string ModelId, int Version, long Deployment, DateTimeOffset StartedAt, long Recordings, double? Baseline, double? Low, double? High,
    double? Current, DateTimeOffset? DriftingSince, IReadOnlyList<string> LeftBands);

internal sealed record DayTrend(
    string Day, string ModelId, int Version, long Deployment, int Recordings, int Anomalous, double MedianScore, double P95Score, double Median,
    double P95);

internal sealed record LabelledRecording(
    Guid Id, string Device, string? Name, DateTimeOffset RecordedAt, string Label, long LabelRevision, string Verdict, string? AbsorbedBy,
    int? AbsorbedVersion);
