namespace Platform.Predictor.Alarms;

/// <summary>What is known about a device's alarm before a recording is considered.</summary>
/// <param name="LastRecordedAt">When the newest recording considered so far was recorded; null before the first.</param>
/// <param name="OpenAlarm">The open alarm; null while the device sounds normal.</param>
internal sealed record AlarmState(DateTimeOffset? LastRecordedAt, Guid? OpenAlarm)
{
    internal static AlarmState Initial { get; } = new(null, null);
}

/// <summary>One scored recording as the alarm sees it.</summary>
/// <param name="MayOpen">False for a recording scored after the fact that was made before the model was deployed.</param>
internal sealed record Observation(DateTimeOffset RecordedAt, bool Anomalous, bool MayOpen);

/// <summary>What a recording did to the alarm of its device.</summary>
internal enum AlarmChange
{
    None,
    Opened,
    Continued,
    Cleared,

    /// <summary>Recorded before one that was already considered: it keeps its score and changes nothing else.</summary>
    Late,
}

/// <param name="Alarm">The alarm that was opened, continued or cleared; null for the other changes.</param>
internal sealed record AlarmStep(AlarmChange Change, Guid? Alarm, AlarmState State);

/// <summary>The whole rule by which recordings open, continue and clear the alarm of a device; pure.</summary>
internal static class AlarmTransition
{
    /// <param name="newAlarm">Id that an alarm gets when this recording opens one.</param>
    internal static AlarmStep Next(AlarmState state, Observation observation, Guid newAlarm)
    {
        // Equal times are not late: two recordings of one instant are both news.
        if (observation.RecordedAt < state.LastRecordedAt)
            return new(AlarmChange.Late, null, state);

        var seen = state with { LastRecordedAt = observation.RecordedAt };
        return (observation.Anomalous, state.OpenAlarm) switch
        {
            (true, { } open) => new(AlarmChange.Continued, open, seen),
            (true, null) when observation.MayOpen => new(AlarmChange.Opened, newAlarm, seen with { OpenAlarm = newAlarm }),
            (false, { } open) => new(AlarmChange.Cleared, open, seen with { OpenAlarm = null }),
            _ => new(AlarmChange.None, null, seen),
        };
    }
}
