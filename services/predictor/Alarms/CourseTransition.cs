namespace Platform.Predictor.Alarms;

/// <summary>What a recording did: at its own place, and to those that were recorded after it and came before it.</summary>
/// <param name="Own">At its place in the order of recording.</param>
/// <param name="Revised">Decisions about other recordings that are other ones now, as they are now.</param>
/// <param name="Alarms">The alarms of the unsettled decisions as they are now, in their order; null when the recording came in order and <paramref name="Own"/> says it all.</param>
/// <param name="Withdrawn">The alarm that would not have opened had the recording come in order.</param>
/// <param name="Before">The decisions before, about the same time.</param>
internal sealed record CourseStep(
    AlarmStep Own, AlarmCourse Course, IReadOnlyList<Decided> Revised, IReadOnlyList<AlarmStretch>? Alarms, Guid? Withdrawn, IReadOnlyList<Decided> Before)
{
    internal static CourseStep InOrder(AlarmStep own, AlarmCourse course) => new(own, course, [], null, null, []);
}

/// <summary>An alarm as far as unsettled decisions are about it.</summary>
/// <param name="Opening">The recording that opened it; null for one that was open before.</param>
/// <param name="Evidence">Empty for one that was open before.</param>
/// <param name="Closing">The recording that closed it; null while it is open.</param>
internal sealed record AlarmStretch(Guid Id, Decided? Opening, IReadOnlyList<Guid> Evidence, int Continued, Decided? Closing);

/// <summary>
/// The whole rule about order; pure. A recording takes its place among those that were decided a moment ago, and what follows from it is decided
/// again. Only the end of an alarm settles what was before it: people were told that it is over.
/// </summary>
internal static class CourseTransition
{
    internal static CourseStep Next(
        AlarmRules rules, AlarmCourse course, Observation observation, DateTimeOffset now, TimeSpan settling, Func<Guid> newAlarm)
    {
        course = course.At(now, rules, settling);
        if (observation.RecordedAt < course.Settled.LastRecordedAt)
            return CourseStep.InOrder(AlarmTransition.Next(rules, course.Settled, observation, Guid.Empty), course);

        var place = course.Unsettled.Count;
        while (place > 0 && course.Unsettled[place - 1].RecordedAt > observation.RecordedAt)
            place--;
        var arrived = new Decided(AlarmTransition.Consider(rules, observation), observation.RecordedAt, now, AlarmChange.None, null);
        return place == course.Unsettled.Count
            ? Append(rules, course, arrived, newAlarm)
            : Insert(rules, course, arrived, place, newAlarm);
    }

    private static CourseStep Append(AlarmRules rules, AlarmCourse course, Decided arrived, Func<Guid> newAlarm)
    {
        var own = AlarmTransition.Next(rules, course.Now, arrived.Recording, arrived.RecordedAt, newAlarm());
        Decided[] decided = [.. course.Unsettled, arrived with { Change = own.Change, Alarm = own.Alarm }];
        return CourseStep.InOrder(own, After(rules, course.Settled, own.State, decided));
    }

    private static CourseStep Insert(AlarmRules rules, AlarmCourse course, Decided arrived, int place, Func<Guid> newAlarm)
    {
        // Only one alarm can be older than this: where one ended everything was settled.
        var known = course.Unsettled.Select(one => one.Alarm).FirstOrDefault(alarm => alarm is not null);
        var unused = course.Settled.OpenAlarm is null ? known : null;

        var state = course.Settled;
        var (own, decided, alarms) = ((AlarmStep?)null, new List<Decided>(), new List<AlarmStretch>());
        if (state.OpenAlarm is { } open)
            alarms.Add(new(open, null, [], 0, null));
        foreach (var one in (Decided[])[.. course.Unsettled.Take(place), arrived, .. course.Unsettled.Skip(place)])
        {
            var step = AlarmTransition.Next(rules, state, one.Recording, one.RecordedAt, unused ?? newAlarm());
            var now = one with { Change = step.Change, Alarm = step.Alarm };
            if (step.Change == AlarmChange.Opened)
                (unused, alarms) = (null, [.. alarms, new(step.Alarm!.Value, now, step.Evidence, 0, null)]);
            else if (step.Change == AlarmChange.Continued)
                alarms[^1] = alarms[^1] with { Continued = alarms[^1].Continued + 1 };
            else if (step.Change == AlarmChange.Cleared)
                alarms[^1] = alarms[^1] with { Closing = now };
            own = ReferenceEquals(one, arrived) ? step : own;
            decided.Add(now);
            state = step.State;
        }

        var before = course.Unsettled.ToDictionary(one => one.Recording.RecordingId);
        var revised = decided.Where(now => before.TryGetValue(now.Recording.RecordingId, out var then) && (then.Change, then.Alarm) != (now.Change, now.Alarm));
        return new(own!, After(rules, course.Settled, state, decided), [.. revised], alarms, unused, course.Unsettled);
    }

    private static AlarmCourse After(AlarmRules rules, AlarmState settled, AlarmState state, IReadOnlyList<Decided> decided) =>
        decided.Any(one => one.Change == AlarmChange.Cleared) ? AlarmCourse.Of(state) : new(state, settled, decided, WindowRules.Of(rules));
}
