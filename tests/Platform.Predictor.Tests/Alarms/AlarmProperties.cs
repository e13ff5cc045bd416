using FsCheck;
using FsCheck.Fluent;
using Platform.Predictor.Alarms;

namespace Platform.Predictor.Tests;

/// <summary>What holds for every course of a machine and all rules.</summary>
public sealed class AlarmProperties
{
    private static readonly Config Often = Config.QuickThrowOnFailure.WithMaxTest(2_000);
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_window_says_what_the_whole_course_says() => Prop.ForAll(Courses().ToArbitrary(), course =>
    {
        // The rule once more, by looking at everything since the last alarm ended.
        var since = new List<char>();
        var open = false;
        foreach (var (kind, change) in Run(course))
        {
            since.Add(kind);
            if (open)
            {
                var quiet = since.Count >= course.Rules.ClearAfter && since.TakeLast(course.Rules.ClearAfter).All(one => one is 'q' or 'e');
                Assert.Equal(kind is 'a' or 'p' ? AlarmChange.Continued : quiet ? AlarmChange.Cleared : AlarmChange.Held, change);
            }
            else
            {
                var enough = kind == 'a' && since.TakeLast(course.Rules.OfLast).Count(one => one == 'a') >= course.Rules.OpenAfter;
                Assert.Equal(enough ? AlarmChange.Opened : AlarmChange.None, change);
            }

            open = change is AlarmChange.Opened or AlarmChange.Continued or AlarmChange.Held;
            if (change == AlarmChange.Cleared)
                since.Clear();
        }
    }).Check(Often);

    [Fact]
    public void Recordings_that_come_late_change_nothing() => Prop.ForAll(Courses().ToArbitrary(), course =>
    {
        var state = course.Kinds.Aggregate((State: AlarmState.Initial, Minute: 0), (before, kind) =>
            (Next(course.Rules, before.State, kind, before.Minute).State, before.Minute + 1)).State;
        if (state.LastRecordedAt is null)
            return;

        var late = Next(course.Rules, state, 'a', minute: -1);
        Assert.Equal(AlarmChange.Late, late.Change);
        Assert.Same(state, late.State);
    }).Check(Often);

    [Fact]
    public void The_past_and_what_people_vouch_for_never_open_an_alarm() => Prop.ForAll(Courses().ToArbitrary(), course =>
        Assert.All(Run(course with { Kinds = [.. course.Kinds.Select(kind => kind == 'a' ? 'p' : kind)] }), step =>
            Assert.Equal(AlarmChange.None, step.Change))).Check(Often);

    [Fact]
    public void Evidence_is_as_much_as_the_rules_ask_for_and_no_alarm_has_any_twice() => Prop.ForAll(Courses().ToArbitrary(), course =>
    {
        var (state, seen) = (AlarmState.Initial, new HashSet<Guid>());
        for (var i = 0; i < course.Kinds.Length; i++)
        {
            var step = Next(course.Rules, state, course.Kinds[i], i);
            if (step.Change == AlarmChange.Opened)
            {
                Assert.InRange(step.Evidence.Count, course.Rules.OpenAfter, course.Rules.OfLast);
                Assert.All(step.Evidence, recording => Assert.True(seen.Add(recording), "an alarm that ended has used it up"));
            }
            else
            {
                Assert.Empty(step.Evidence);
            }

            Assert.True(step.State.Recent.Count <= course.Rules.Window);
            state = step.State;
        }
    }).Check(Often);

    private static IEnumerable<(char Kind, AlarmChange Change)> Run(Course course)
    {
        var state = AlarmState.Initial;
        for (var i = 0; i < course.Kinds.Length; i++)
        {
            var step = Next(course.Rules, state, course.Kinds[i], i);
            state = step.State;
            yield return (course.Kinds[i], step.Change);
        }
    }

    private static AlarmStep Next(AlarmRules rules, AlarmState state, char kind, int minute) =>
        AlarmTransition.Next(rules, state, AlarmTransitionTests.Recording(kind, Noon.AddMinutes(minute)), Guid.NewGuid());

    private static Gen<Course> Courses() =>
        from ofLast in Gen.Choose(1, 6)
        from openAfter in Gen.Choose(1, ofLast)
        from clearAfter in Gen.Choose(1, 5)
        from kinds in Gen.Elements('a', 'a', 'a', 'q', 'q', 'q', 'n', 'p', 'e').ArrayOf()
        select new Course(new AlarmRules(openAfter, ofLast, clearAfter, 0.95), kinds);

    /// <param name="Kinds">Letters as in AlarmTransitionTests.</param>
    private sealed record Course(AlarmRules Rules, char[] Kinds)
    {
        public override string ToString() => $"{Rules}: {new string(Kinds)}";
    }
}
