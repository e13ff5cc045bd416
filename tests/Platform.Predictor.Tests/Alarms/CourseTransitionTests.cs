using FsCheck;
using FsCheck.Fluent;
using Platform.Predictor.Alarms;

namespace Platform.Predictor.Tests;

/// <summary>Recordings that overtake each other; what each does in order is in AlarmTransitionTests.</summary>
public sealed class CourseTransitionTests
{
    private static readonly Config Often = Config.QuickThrowOnFailure.WithMaxTest(3_000);
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);
    private static readonly AlarmRules TwoOfThree = new(OpenAfter: 2, OfLast: 3, ClearAfter: 3, ClearBelow: 0.95);

    [Fact]
    public void In_whatever_order_they_come_recordings_mean_the_same() => Prop.ForAll(Deliveries().ToArbitrary(), delivery =>
    {
        var inOrder = new Book(delivery.Rules);
        foreach (var one in delivery.Recordings)
            inOrder.Add(one);
        var shuffled = new Book(delivery.Rules);
        foreach (var one in delivery.Order.Select(index => delivery.Recordings[index]))
            shuffled.Add(one);

        Assert.Equal(inOrder.Said(delivery.Recordings), shuffled.Said(delivery.Recordings));
        Assert.Equal(inOrder.Alarms, shuffled.Alarms);
    }).Check(Often);

    [Fact]
    public void What_is_revised_is_what_has_changed_and_one_alarm_at_most_is_open() => Prop.ForAll(Deliveries(clearAfter: 3).ToArbitrary(), delivery =>
    {
        var book = new Book(delivery.Rules);
        foreach (var one in delivery.Order.Select(index => delivery.Recordings[index]))
        {
            book.Add(one); // checks each step
            Assert.Equal(book.Course.Now.OpenAlarm is null ? 0 : 1, book.Open);
        }
    }).Check(Often);

    [Fact]
    public void The_past_opens_no_alarm_in_any_order() => Prop.ForAll(Deliveries().ToArbitrary(), delivery =>
    {
        var book = new Book(delivery.Rules);
        foreach (var index in delivery.Order)
            book.Add(delivery.Recordings[index] with { MayOpen = false });
        Assert.Empty(book.Alarms);
    }).Check(Often);

    [Theory]
    [InlineData("a0 a1", "a0 o1")]
    [InlineData("a1 a0", "a0 o1")] // the second one in the order of recording opened it
    [InlineData("a0 q1 a3 q2", "a0 q1 q2 a3 ~")] // 2 of 3 only as long as one was missing: withdrawn
    [InlineData("a5 q6 a4", "a4 o5 q6")]
    [InlineData("a1 a2 a0", "a0 o1 c2")] // the same alarm, opened one recording earlier
    [InlineData("a0 a1 q2 q3 q4 a3.5", "a0 o1 q2 q3 x4 l3.5")] // it is over, and people know
    [InlineData("a0 a1 q2 q4 q3", "a0 o1 q2 q3 x4")]
    public void Who_comes_out_of_order_takes_his_place(string arriving, string expected)
    {
        var book = new Book(TwoOfThree);
        var arrived = arriving.Split(' ').Select(word =>
            AlarmTransitionTests.Recording(word[0], Noon.AddMinutes(double.Parse(word[1..], System.Globalization.CultureInfo.InvariantCulture)))).ToList();
        foreach (var one in arrived)
            book.Add(one);

        var words = expected.Split(' ').Where(word => word != "~").ToList();
        foreach (var word in words)
        {
            var minute = double.Parse(word[1..], System.Globalization.CultureInfo.InvariantCulture);
            var change = book.Change(arrived.Single(one => one.RecordedAt == Noon.AddMinutes(minute)));
            Assert.Equal(word[0] switch { 'o' => AlarmChange.Opened, 'c' => AlarmChange.Continued, 'x' => AlarmChange.Cleared, 'l' => AlarmChange.Late, _ => change }, change);
            Assert.Equal(word[0] is 'o' or 'c' or 'x' or 'l', change is not (AlarmChange.None or AlarmChange.Held));
        }

        Assert.Equal(expected.EndsWith('~') ? 1 : 0, book.Withdrawn);
    }

    [Fact]
    public void What_was_decided_long_ago_stays()
    {
        var (book, late) = (new Book(TwoOfThree), AlarmTransitionTests.Recording('a', Noon));
        book.Add(AlarmTransitionTests.Recording('a', Noon.AddMinutes(1)));

        Assert.Equal(AlarmChange.None, Next(book.Course, late, book.Clock + Settling).Own.Change); // it takes its place
        Assert.Single(Next(book.Course, late, book.Clock + Settling).Revised);
        Assert.Equal(AlarmChange.Late, Next(book.Course, late, book.Clock + Settling + TimeSpan.FromMilliseconds(1)).Own.Change);
    }

    [Fact]
    public void What_many_have_overtaken_is_late()
    {
        var book = new Book(TwoOfThree);
        for (var minute = 1; minute <= AlarmCourse.MostUnsettled + 1; minute++)
            book.Add(AlarmTransitionTests.Recording('q', Noon.AddMinutes(minute)));

        Assert.Equal(AlarmChange.None, Next(book.Course, AlarmTransitionTests.Recording('q', Noon.AddMinutes(1.5)), book.Clock).Own.Change);
        Assert.Equal(AlarmChange.Late, Next(book.Course, AlarmTransitionTests.Recording('q', Noon.AddMinutes(0.5)), book.Clock).Own.Change);
    }

    [Fact]
    public void Other_rules_and_what_people_say_decide_nothing_anew()
    {
        var (book, first) = (new Book(TwoOfThree), AlarmTransitionTests.Recording('a', Noon.AddMinutes(1)));
        book.Add(first);
        book.Add(AlarmTransitionTests.Recording('a', Noon.AddMinutes(2)));
        var late = AlarmTransitionTests.Recording('q', Noon.AddMinutes(1.5));

        Assert.Equal(AlarmChange.Late, CourseTransition.Next(TwoOfThree with { OpenAfter = 1 }, book.Course, late, book.Clock, Settling, Guid.NewGuid).Own.Change);
        Assert.Equal(AlarmChange.Late, Next(book.Course.Closed(), late, book.Clock).Own.Change);
        Assert.Equal(AlarmChange.Late, Next(book.Course.Excuse(first.RecordingId, true), late, book.Clock).Own.Change);
        Assert.Equal(AlarmChange.None, Next(book.Course.Excuse(Guid.NewGuid(), true), late, book.Clock).Own.Change); // about something else
    }

    private static CourseStep Next(AlarmCourse course, Observation observation, DateTimeOffset now) =>
        CourseTransition.Next(TwoOfThree, course, observation, now, Settling, Guid.NewGuid);

    // Where an alarm ends everything is settled, so order counts there: those that are to mean the same do not get that far.
    private static Gen<Delivery> Deliveries(int clearAfter = 100) =>
        from ofLast in Gen.Choose(1, 6)
        from openAfter in Gen.Choose(1, ofLast)
        from count in Gen.Choose(0, 14)
        from kinds in Gen.Elements('a', 'a', 'a', 'q', 'q', 'q', 'n', 'p', 'e').ArrayOf(count)
        from steps in Gen.Choose(1, 2).ArrayOf(count)
        from order in Gen.Shuffle(Enumerable.Range(0, count).ToArray())
        select new Delivery(new AlarmRules(openAfter, ofLast, clearAfter, 0.95), kinds, Recordings(kinds, steps), order);

    private static Observation[] Recordings(char[] kinds, int[] steps)
    {
        var minute = 0;
        return [.. kinds.Select((kind, index) => AlarmTransitionTests.Recording(kind, Noon.AddMinutes(minute += steps[index])))];
    }

    private sealed record Delivery(AlarmRules Rules, char[] Kinds, Observation[] Recordings, int[] Order)
    {
        public override string ToString() => $"{Rules}: {new string(Kinds)}, coming as {string.Join(' ', Order)}";
    }

    /// <summary>The tables as they would be after each step.</summary>
    private sealed class Book(AlarmRules rules)
    {
        private readonly Dictionary<Guid, (AlarmChange Change, Guid? Alarm)> _rows = [];
        private readonly HashSet<Guid> _open = [];

        internal AlarmCourse Course { get; private set; } = AlarmCourse.Initial;
        internal DateTimeOffset Clock { get; private set; } = Noon;
        internal int Withdrawn { get; private set; }
        internal int Open => _open.Count;

        /// <summary>Who opened each alarm that stands, in their order.</summary>
        internal IEnumerable<Guid> Alarms => _rows.Where(row => row.Value.Change == AlarmChange.Opened).Select(row => row.Key).Order();

        internal AlarmChange Change(Observation one) => _rows[one.RecordingId].Change;

        /// <summary>What each did, and which recording had opened its alarm.</summary>
        internal IEnumerable<(AlarmChange, Guid?)> Said(IEnumerable<Observation> recordings) => recordings.Select(one => _rows[one.RecordingId]).Select(row =>
            (row.Change, row.Alarm is null ? (Guid?)null : _rows.Single(other => other.Value == (AlarmChange.Opened, row.Alarm)).Key));

        internal void Add(Observation observation)
        {
            Clock += TimeSpan.FromMilliseconds(10);
            var step = CourseTransition.Next(rules, Course, observation, Clock, Settling, Guid.NewGuid);
            foreach (var one in step.Revised)
            {
                Assert.NotEqual(_rows[one.Recording.RecordingId], (one.Change, one.Alarm));
                _rows[one.Recording.RecordingId] = (one.Change, one.Alarm);
            }

            _rows[observation.RecordingId] = (step.Own.Change, step.Own.Alarm);
            if (step.Withdrawn is { } withdrawn)
            {
                Withdrawn++;
                Assert.True(_open.Remove(withdrawn));
            }

            if (step.Own.Change == AlarmChange.Opened)
                Assert.True(step.Alarms is not null || _open.Add(step.Own.Alarm!.Value));
            if (step.Own.Change == AlarmChange.Cleared && step.Alarms is null)
                Assert.True(_open.Remove(step.Own.Alarm!.Value));
            foreach (var alarm in step.Alarms ?? [])
            {
                _open.Add(alarm.Id);
                if (alarm.Closing is not null)
                    _open.Remove(alarm.Id);
            }

            foreach (var one in step.Course.Unsettled)
                Assert.Equal(_rows[one.Recording.RecordingId], (one.Change, one.Alarm));
            Course = step.Own.Change == AlarmChange.Late ? Course : step.Course;
        }
    }
}
