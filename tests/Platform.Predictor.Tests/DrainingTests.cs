using Platform.Predictor.Serving;

namespace Platform.Predictor.Tests;

public sealed class DrainingTests
{
    [Fact]
    public void A_value_is_disposed_when_its_last_user_is_done_and_not_before()
    {
        var value = new Counted();
        var draining = new Draining<Counted>(value);
        Assert.True(draining.TryUse());

        draining.Done();
        Assert.Equal(0, value.Disposals);

        draining.Done();
        Assert.Equal(1, value.Disposals);
        Assert.False(draining.TryUse());
        Assert.Throws<ObjectDisposedException>(draining.Done);
    }

    [Fact]
    public async Task No_user_ever_holds_a_disposed_value_however_users_and_owner_race()
    {
        for (var round = 0; round < 500; round++)
        {
            var value = new Counted();
            var draining = new Draining<Counted>(value);
            using var start = new Barrier(4);
            var users = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
            {
                start.SignalAndWait(TestContext.Current.CancellationToken);
                for (var use = 0; use < 1_000 && draining.TryUse(); use++)
                {
                    Assert.Equal(0, value.Disposals);
                    draining.Done();
                }
            }, TestContext.Current.CancellationToken)).ToArray();

            start.SignalAndWait(TestContext.Current.CancellationToken);
            draining.Done();
            await Task.WhenAll(users);
            Assert.Equal(1, value.Disposals);
        }
    }

    private sealed class Counted : IDisposable
    {
        private int _disposals;

        public int Disposals => Volatile.Read(ref _disposals);

        public void Dispose() => Interlocked.Increment(ref _disposals);
    }
}
