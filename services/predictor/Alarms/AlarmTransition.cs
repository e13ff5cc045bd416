namespace Platform.Predictor.Alarms;

/// <summary>What is known about a device's alarm before a recording is considered.</summary>
/// <param name="LastRecordedAt">When the newest recording considered so far was recorded; null before the first.</param>
/// <param name="OpenAlarm">The open alarm; null while the device sounds normal.</param>
/// <param name="Recent">The latest recordings considered since the last alarm ended, oldest first; no more than the rules look at.</param>
internal sealed record AlarmState(DateTimeOffset? LastRecordedAt, Guid? OpenAlarm, IReadOnlyList<Considered> Recent)
{
    internal static AlarmState Initial { get; } = new(null, null, []);

    /// <summary>The state after the alarm was closed by people: what it rested on is answered and opens no other one.</summary>
    internal AlarmState Closed() => this with { OpenAlarm = null, Recent = [] };

    /// <summary>The state after somebody said that a recording is normal, or took that back.</summary>
    internal AlarmState Excuse(Guid recordingId, bool excused) =>
        this with { Recent = [.. Recent.Select(one => one.RecordingId == recordingId ? one with { Excused = excused } : one)] };
}

/// <summary>What a recording's scores say, as far as alarms go by it.</summary>
internal enum Standing
{
    /// <summary>Clearly below the threshold.</summary>
    Quiet,

    /// <summary>Below the threshold, and too near for closing an alarm.</summary>
    Near,

    Anomalous,

    /// <summary>Anomalous, and from before its model was deployed: it opens nothing, for nobody could act on it.</summary>
    Past,
}

/// <param name="Excused">A person says that it is normal, whatever its scores.</param>
internal sealed record Considered(Guid RecordingId, Standing Standing, bool Excused)
{
    internal bool Alarming => Standing == Standing.Anomalous && !Excused;

    internal bool Quiet => Standing == Standing.Quiet || Excused;
}

/// <summary>One scored recording as the alarm sees it.</summary>
/// <param name="Level">Its score as a share of the threshold.</param>
/// <param name="MayOpen">False for a recording scored after the fact that was made before the model was deployed.</param>
/// <param name="Excused">A person has said that it is normal before it was scored.</param>
internal sealed record Observation(Guid RecordingId, DateTimeOffset RecordedAt, double Level, bool Anomalous, bool MayOpen, bool Excused = false);

/// <summary>What a recording did to the alarm of its device.</summary>
internal enum AlarmChange
{
    None,
    Opened,
    Continued,

    /// <summary>The alarm stays open, though this recording is no reason for it.</summary>
    Held,

    Cleared,

    /// <summary>Recorded before one that was considered and settled: it keeps its score and changes nothing else.</summary>
    Late,
}

/// <param name="Alarm">The alarm that was opened, continued, held or cleared; null for the other changes.</param>
/// <param name="Evidence">The recordings that together opened it; empty for the other changes.</param>
internal sealed record AlarmStep(AlarmChange Change, Guid? Alarm, AlarmState State, IReadOnlyList<Guid> Evidence);

/// <summary>
/// The whole rule by which recordings open, continue and clear the alarm of a device; pure. A deployment in between changes nothing: a verdict
/// is one against the threshold of its own version, and a device that is trained every night would otherwise never come to m of n.
/// </summary>
internal static class AlarmTransition
{
    /// <param name="newAlarm">Id that an alarm gets when this recording opens one.</param>
    internal static AlarmStep Next(AlarmRules rules, AlarmState state, Observation observation, Guid newAlarm) =>
        Next(rules, state, Consider(rules, observation), observation.RecordedAt, newAlarm);

    /// <summary>As the other one, of a recording that was looked at before.</summary>
    internal static AlarmStep Next(AlarmRules rules, AlarmState state, Considered now, DateTimeOffset recordedAt, Guid newAlarm)
    {
        // Equal times are not late: two recordings of one instant are both news.
        if (recordedAt < state.LastRecordedAt)
            return new(AlarmChange.Late, null, state, []);

        var seen = state with { LastRecordedAt = recordedAt, Recent = [.. state.Recent.TakeLast(rules.Window - 1), now] };
        return state.OpenAlarm is { } open ? WhileOpen(rules, seen, open, now) : WhileClosed(rules, seen, now, newAlarm);
    }

    /// <summary>What a recording's score is to the alarm, whatever the others are.</summary>
    internal static Considered Consider(AlarmRules rules, Observation observation) =>
        new(observation.RecordingId, StandingOf(rules, observation), observation.Excused);

    private static AlarmStep WhileOpen(AlarmRules rules, AlarmState seen, Guid open, Considered now)
    {
        if (now is { Standing: Standing.Anomalous or Standing.Past, Excused: false })
            return new(AlarmChange.Continued, open, seen, []);

        var last = seen.Recent.TakeLast(rules.ClearAfter).ToList();
        return last.Count == rules.ClearAfter && last.All(one => one.Quiet)
            ? new(AlarmChange.Cleared, open, seen.Closed(), [])
            : new(AlarmChange.Held, open, seen, []);
    }

    private static AlarmStep WhileClosed(AlarmRules rules, AlarmState seen, Considered now, Guid newAlarm)
    {
        Guid[] alarming = [.. seen.Recent.TakeLast(rules.OfLast).Where(one => one.Alarming).Select(one => one.RecordingId)];
        return now.Alarming && alarming.Length >= rules.OpenAfter
            ? new(AlarmChange.Opened, newAlarm, seen with { OpenAlarm = newAlarm }, alarming)
            : new(AlarmChange.None, null, seen, []);
    }

    private static Standing StandingOf(AlarmRules rules, Observation observation) => observation switch
    {
        { Anomalous: true, MayOpen: true } => Standing.Anomalous,
        { Anomalous: true } => Standing.Past,
        _ => observation.Level <= rules.ClearBelow ? Standing.Quiet : Standing.Near,
    };
}
