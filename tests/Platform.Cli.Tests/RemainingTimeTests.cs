using Platform.Cli.Training;

namespace Platform.Cli.Tests;

public sealed class RemainingTimeTests
{
    private readonly Clock _clock = new();

    [Fact]
    public void Nothing_is_said_before_something_was_seen()
    {
        var remaining = new RemainingTime(_clock);

        Assert.Null(remaining.Of(0, 100));
        _clock.Pass(5);
        Assert.Null(remaining.Of(0, 100));
    }

    [Fact]
    public void The_rest_takes_as_long_per_step_as_what_was_seen()
    {
        var remaining = new RemainingTime(_clock);
        remaining.Of(10, 100);
        _clock.Pass(5);

        Assert.Equal(TimeSpan.FromSeconds(5.0 / 20 * 70), remaining.Of(30, 100));
    }

    [Fact]
    public void A_machine_that_becomes_slower_is_followed()
    {
        var remaining = new RemainingTime(_clock);
        for (var step = 0; step <= 100; step++, _clock.Pass(0.1))
            remaining.Of(step, 1_000);
        for (var step = 101; step <= 200; step++, _clock.Pass(2))
            remaining.Of(step, 1_000);

        Assert.InRange(remaining.Of(201, 1_000)!.Value.TotalSeconds, 0.9 * 2 * 799, 2.1 * 799);
    }

    [Fact]
    public void A_run_that_goes_on_from_a_checkpoint_is_watched_anew()
    {
        var remaining = new RemainingTime(_clock);
        remaining.Of(0, 100);
        _clock.Pass(10);
        remaining.Of(50, 100);
        _clock.Pass(10);

        Assert.Null(remaining.Of(40, 100));
        _clock.Pass(2);
        Assert.Equal(TimeSpan.FromSeconds(10), remaining.Of(50, 100));
    }

    [Theory]
    [InlineData(0.2, "1 s")]
    [InlineData(99, "99 s")]
    [InlineData(101, "2 min")]
    [InlineData(7_500, "2 h 5 min")]
    public void It_is_written_for_people(double seconds, string text) => Assert.Equal(text, RemainingTime.Text(TimeSpan.FromSeconds(seconds)));

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

        public void Pass(double seconds) => _now += TimeSpan.FromSeconds(seconds);

        public override DateTimeOffset GetUtcNow() => _now;
    }
}
