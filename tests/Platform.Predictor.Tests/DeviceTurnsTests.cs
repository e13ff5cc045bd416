using Platform.Predictor.Scoring;

namespace Platform.Predictor.Tests;

public sealed class DeviceTurnsTests
{
    private readonly DeviceTurns _turns = new();

    [Fact]
    public async Task A_recording_comes_after_those_of_its_device_and_waits_for_no_other_device()
    {
        var (first, second, elsewhere) = (_turns.Take("LT-2"), _turns.Take("LT-2"), _turns.Take("LT-3"));

        Assert.True(Come(first).IsCompletedSuccessfully);
        Assert.True(Come(elsewhere).IsCompletedSuccessfully);
        var waiting = Come(second);
        Assert.False(waiting.IsCompleted);

        first.Dispose();
        await waiting.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Who_leaves_before_his_turn_lets_nobody_pass_the_ones_in_front()
    {
        var (first, second, third) = (_turns.Take("LT-2"), _turns.Take("LT-2"), _turns.Take("LT-2"));
        var waiting = Come(third);

        second.Dispose();
        Assert.False(waiting.IsCompleted);

        first.Dispose();
        await waiting.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        third.Dispose();
        Assert.True(Come(_turns.Take("LT-2")).IsCompletedSuccessfully);
    }

    private static Task Come(DeviceTurns.Turn turn) => turn.Come(TestContext.Current.CancellationToken);
}
