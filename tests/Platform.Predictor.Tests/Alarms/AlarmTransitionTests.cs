using Platform.Predictor.Alarms;

namespace Platform.Predictor.Tests;

public sealed class AlarmTransitionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly AlarmRules TwoOfThree = new(OpenAfter: 2, OfLast: 3, ClearAfter: 3, ClearBelow: 0.95);

    // One letter per recording: a anomalous, q quiet, n near the threshold, p anomalous and from before the deployment, e anomalous and labelled
    // as normal before, l anomalous and late. Below what each did: o opened, c continued, h held, x cleared, l late, - nothing.
    [Theory]
    [InlineData("a", "-")]
    [InlineData("aa", "-o")]
    [InlineData("aqa", "--o")]
    [InlineData("aqqa", "----")]
    [InlineData("ana", "--o")]
    [InlineData("aaaqqq", "-ochhx")]
    [InlineData("aaqqnqqq", "-ohhhhhx")] // one near the threshold begins the counting anew
    [InlineData("aaqqaqqq", "-ohhchhx")]
    [InlineData("aaqqqa", "-ohhx-")] // what an alarm rested on opens no second one
    [InlineData("aaqqqaa", "-ohhx-o")]
    [InlineData("pppp", "----")]
    [InlineData("ppa", "---")] // the past is no evidence either
    [InlineData("aapppqqq", "-occchhx")] // but it is a reason for an alarm to stay
    [InlineData("aea", "--o")]
    [InlineData("aee", "---")]
    [InlineData("aaeee", "-ohhx")]
    [InlineData("all", "-ll")]
    [InlineData("aalqlqq", "-olhlhx")]
    public void Each_recording_has_one_consequence(string recordings, string expected)
    {
        var state = AlarmState.Initial;
        var done = "";
        for (var i = 0; i < recordings.Length; i++)
        {
            var at = recordings[i] == 'l' ? Noon.AddHours(-1) : Noon.AddMinutes(i);
            var step = AlarmTransition.Next(TwoOfThree, state, Recording(recordings[i], at), Guid.NewGuid());
            Assert.Equal(step.Change is AlarmChange.Opened or AlarmChange.Continued or AlarmChange.Held or AlarmChange.Cleared, step.Alarm is not null);
            done += step.Change switch
            {
                AlarmChange.Opened => 'o',
                AlarmChange.Continued => 'c',
                AlarmChange.Held => 'h',
                AlarmChange.Cleared => 'x',
                AlarmChange.Late => 'l',
                _ => '-',
            };
            state = step.State;
        }

        Assert.Equal(expected, done);
    }

    [Fact]
    public void One_of_one_opens_at_once_and_closes_at_once()
    {
        var rules = new AlarmRules(1, 1, 1, 1);
        var opened = AlarmTransition.Next(rules, AlarmState.Initial, new(Guid.NewGuid(), DateTimeOffset.MinValue, 1.1, true, true), Guid.NewGuid());
        Assert.Equal(AlarmChange.Opened, opened.Change);
        Assert.Equal(AlarmChange.Cleared, AlarmTransition.Next(rules, opened.State, new(Guid.NewGuid(), Noon, 1, false, true), Guid.NewGuid()).Change);
    }

    [Fact]
    public void Equal_times_are_not_late()
    {
        var first = AlarmTransition.Next(TwoOfThree, AlarmState.Initial, Recording('a', Noon), Guid.NewGuid());
        Assert.Equal(AlarmChange.Opened, AlarmTransition.Next(TwoOfThree, first.State, Recording('a', Noon), Guid.NewGuid()).Change);
    }

    [Fact]
    public void A_label_takes_a_recording_away_from_the_evidence_and_may_be_taken_back()
    {
        var first = Recording('a', Noon);
        var state = AlarmTransition.Next(TwoOfThree, AlarmState.Initial, first, Guid.NewGuid()).State;
        var second = Recording('a', Noon.AddMinutes(1));

        Assert.Equal(AlarmChange.None, AlarmTransition.Next(TwoOfThree, state.Excuse(first.RecordingId, true), second, Guid.NewGuid()).Change);
        var opened = AlarmTransition.Next(TwoOfThree, state.Excuse(first.RecordingId, true).Excuse(first.RecordingId, false), second, Guid.NewGuid());
        Assert.Equal(AlarmChange.Opened, opened.Change);
        Assert.Equal([first.RecordingId, second.RecordingId], opened.Evidence);
    }

    [Theory]
    [InlineData(null, 0.95)]
    [InlineData(0.6, 0.95)]
    [InlineData(0.97, 0.985)] // healthy scores are closer to the threshold than the rule allows for: half-way
    [InlineData(1.2, 0.95)]
    public void An_alarm_can_clear_however_close_to_the_threshold_a_healthy_machine_is(double? baseline, double expected) =>
        Assert.Equal(expected, TwoOfThree.WithRoomAbove(baseline).ClearBelow, 1e-9);

    internal static Observation Recording(char kind, DateTimeOffset at) => new(
        Guid.NewGuid(), at, kind switch { 'q' => 0.5, 'n' => 0.97, _ => 1.5 }, Anomalous: kind is not ('q' or 'n'), MayOpen: kind != 'p', Excused: kind == 'e');
}
