namespace Platform.Predictor.Alarms;

/// <summary>A decision about a recording that may still change.</summary>
internal sealed record Decided(Considered Recording, DateTimeOffset RecordedAt, DateTimeOffset DecidedAt, AlarmChange Change, Guid? Alarm);

/// <summary>
/// What a device's alarm rests on: where it stands, and the latest decisions with the state before them, so that recordings which overtook each
/// other on their way are decided as if they had come in the order in which they were made.
/// </summary>
/// <param name="Now">The state after everything that came.</param>
/// <param name="Settled">The state before the decisions that may still change; equal to <paramref name="Now"/> when there are none.</param>
/// <param name="Unsettled">In the order of recording. All of them by the same <paramref name="Rules"/>, and none of them closed an alarm.</param>
internal sealed record AlarmCourse(AlarmState Now, AlarmState Settled, IReadOnlyList<Decided> Unsettled, WindowRules? Rules)
{
    // What overtakes is on its way at the same time: 4 uploads, some recordings per core in features, 16 per replica here.
    internal const int MostUnsettled = 64;

    internal static AlarmCourse Initial { get; } = Of(AlarmState.Initial);

    /// <summary>A course in which everything is settled.</summary>
    internal static AlarmCourse Of(AlarmState state) => new(state, state, [], null);

    /// <summary>The course after the alarm was closed by people, which nothing takes back.</summary>
    internal AlarmCourse Closed() => Of(Now.Closed());

    /// <summary>The course after somebody said that a recording is normal, or took that back; it decides nothing anew that rested on it.</summary>
    internal AlarmCourse Excuse(Guid recordingId, bool excused) =>
        Now.Recent.Concat(Settled.Recent).Concat(Unsettled.Select(one => one.Recording)).Any(one => one.RecordingId == recordingId)
            ? Of(Now.Excuse(recordingId, excused))
            : this;

    /// <summary>
    /// The course as a recording finds it that comes now. What was decided long ago stays, and with it all that was recorded before; so does what
    /// was decided by other rules, because rules hold from the next recording on.
    /// </summary>
    internal AlarmCourse At(DateTimeOffset moment, AlarmRules rules, TimeSpan settling)
    {
        if (Unsettled.Count == 0 || Rules != WindowRules.Of(rules))
            return Of(Now);

        var stays = Math.Max(0, Unsettled.Count - MostUnsettled);
        for (var i = Unsettled.Count - 1; i >= stays; i--)
        {
            if (moment - Unsettled[i].DecidedAt > settling)
                stays = i + 1;
        }

        if (stays == 0)
            return this;
        var settled = Unsettled.Take(stays).Aggregate(Settled, (state, one) => AlarmTransition.Next(rules, state, one.Recording, one.RecordedAt, one.Alarm ?? Guid.Empty).State);
        return this with { Settled = settled, Unsettled = [.. Unsettled.Skip(stays)] };
    }
}

/// <summary>The part of the rules by which a course is decided; how quiet is quiet enough is decided with each recording.</summary>
internal sealed record WindowRules(int OpenAfter, int OfLast, int ClearAfter)
{
    internal static WindowRules Of(AlarmRules rules) => new(rules.OpenAfter, rules.OfLast, rules.ClearAfter);
}
