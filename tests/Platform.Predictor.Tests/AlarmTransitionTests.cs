using Platform.Predictor.Alarms;

namespace Platform.Predictor.Tests;

public sealed class AlarmTransitionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Open = Guid.Parse("0198c0de-0000-7000-8000-000000000001");
    private static readonly Guid New = Guid.Parse("0198c0de-0000-7000-8000-000000000002");

    // before: no alarm, or one open; minutes: when the recording was made, against the newest considered so far.
    [Theory]
    [InlineData(false, +1, true, true, "Opened")]
    [InlineData(false, +1, false, true, "None")]
    [InlineData(true, +1, true, true, "Continued")]
    [InlineData(true, +1, false, true, "Cleared")]
    [InlineData(false, +1, true, false, "None")]
    [InlineData(true, +1, true, false, "Continued")]
    [InlineData(true, +1, false, false, "Cleared")]
    [InlineData(false, 0, true, true, "Opened")]
    [InlineData(true, 0, false, true, "Cleared")]
    [InlineData(false, -1, true, true, "Late")]
    [InlineData(false, -1, false, true, "Late")]
    [InlineData(true, -1, true, true, "Late")]
    [InlineData(true, -1, false, true, "Late")]
    public void Each_case_has_one_consequence(bool open, int minutes, bool anomalous, bool mayOpen, string expected)
    {
        var before = new AlarmState(Noon, open ? Open : null);
        var recordedAt = Noon.AddMinutes(minutes);

        var step = AlarmTransition.Next(before, new(recordedAt, anomalous, mayOpen), New);

        var (alarm, after) = expected switch
        {
            "Opened" => ((Guid?)New, new AlarmState(recordedAt, New)),
            "Continued" => (Open, new AlarmState(recordedAt, Open)),
            "Cleared" => (Open, new AlarmState(recordedAt, null)),
            "Late" => (null, before),
            _ => (null, before with { LastRecordedAt = recordedAt }),
        };
        Assert.Equal(new AlarmStep(Enum.Parse<AlarmChange>(expected), alarm, after), step);
    }

    [Fact]
    public void The_first_recording_of_a_device_is_never_late()
    {
        var step = AlarmTransition.Next(AlarmState.Initial, new(DateTimeOffset.MinValue, Anomalous: true, MayOpen: true), New);

        Assert.Equal(AlarmChange.Opened, step.Change);
    }

    [Fact]
    public void Any_order_of_arrival_ends_with_what_the_newest_recording_says()
    {
        var random = new Random(17);
        (int Minute, bool Anomalous)[] recordings = [.. Enumerable.Range(0, 12).Select(minute => (minute, random.Next(2) == 1))];

        for (var round = 0; round < 200; round++)
        {
            random.Shuffle(recordings);
            var state = recordings.Aggregate(
                AlarmState.Initial,
                (before, recording) => AlarmTransition
                    .Next(before, new(Noon.AddMinutes(recording.Minute), recording.Anomalous, MayOpen: true), Guid.NewGuid()).State);

            Assert.Equal(Noon.AddMinutes(11), state.LastRecordedAt);
            Assert.Equal(recordings.Single(recording => recording.Minute == 11).Anomalous, state.OpenAlarm is not null);
        }
    }
}
