using Platform.Models;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Tests;

/// <summary>One slot that is busy while others queue up behind it.</summary>
public sealed class ComputeSlotsTests
{
    private static readonly ManualClock Clock = new();

    private readonly ComputeSlots _slots = new(new ScoringOptions { Parallelism = 1 }, Clock);

    [Fact]
    public async Task Recordings_scored_in_one_pass_get_the_score_that_each_would_get_alone()
    {
        using var one = LoadedModel.Load(SampleModel.Create("LT-2", seed: 1).Package);
        using var other = LoadedModel.Load(SampleModel.Create("LT-2", seed: 2).Package);
        var recordings = Enumerable.Range(0, 12).Select(seed => Patches(SampleAudio.Rattle(seed))).ToList();
        using var busy = new ManualResetEventSlim();
        var first = Occupy(busy);

        var scores = recordings.Index().Select(at => (at.Item, Model: at.Index % 3 == 0 ? other : one))
            .Select(at => (at.Model, at.Item, Scored: _slots.Score(at.Model, "LT-2", at.Item, TestContext.Current.CancellationToken))).ToList();
        Assert.DoesNotContain(scores, score => score.Scored.IsCompleted);
        busy.Set();
        await first;

        foreach (var (model, patches, scored) in scores)
        {
            var alone = model.Score("LT-2", patches.Values);
            Assert.Equal(alone.Score, (await scored).Score, 1e-5 * alone.Score);
            Assert.Equal(alone.PatchErrors.Count, (await scored).PatchErrors.Count);
        }
    }

    [Fact]
    public async Task A_recording_that_cannot_be_scored_spoils_no_other()
    {
        using var model = LoadedModel.Load(SampleModel.Create("LT-2", seed: 1).Package);
        var patches = Patches(SampleAudio.Hum());
        using var busy = new ManualResetEventSlim();
        var first = Occupy(busy);

        var good = _slots.Score(model, "LT-2", patches, TestContext.Current.CancellationToken);
        var stranger = _slots.Score(model, "LT-9", patches, TestContext.Current.CancellationToken);
        var ragged = _slots.Score(model, "LT-2", new StoredPatches(patches.Values[..^1], patches.Count), TestContext.Current.CancellationToken);
        busy.Set();
        await first;

        Assert.Equal(model.Score("LT-2", patches.Values).Score, (await good).Score, 1e-9);
        await Assert.ThrowsAsync<ArgumentException>(() => stranger);
        await Assert.ThrowsAsync<ArgumentException>(() => ragged);
    }

    [Fact]
    public async Task Who_gives_up_while_waiting_is_not_computed_and_the_slot_goes_on()
    {
        using var busy = new ManualResetEventSlim();
        var first = Occupy(busy);
        using var patience = new CancellationTokenSource();
        var computed = false;

        var impatient = _slots.Run(() => computed = true, patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        busy.Set();
        await first;

        Assert.Equal(7, await _slots.Run(() => 7, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<InvalidDataException>(() => _slots.Run<int>(() => throw new InvalidDataException(), TestContext.Current.CancellationToken));
        Assert.Equal(8, await _slots.Run(() => 8, TestContext.Current.CancellationToken));
        Assert.False(computed);
    }

    [Fact]
    public async Task Work_for_an_idle_slot_lets_others_pass_but_not_for_ever()
    {
        var order = new List<string>();
        using var busy = new ManualResetEventSlim();
        var first = Occupy(busy);
        var idle = _slots.RunWhenIdle(() => Note("idle"), TestContext.Current.CancellationToken);
        var asked = _slots.Run(() => Note("asked"), TestContext.Current.CancellationToken);
        busy.Set();
        await Task.WhenAll(first, idle, asked);
        Assert.Equal(["asked", "idle"], order);

        busy.Reset();
        order.Clear();
        first = Occupy(busy);
        idle = _slots.RunWhenIdle(() => Note("idle"), TestContext.Current.CancellationToken);
        asked = _slots.Run(() => Note("asked"), TestContext.Current.CancellationToken);
        Clock.Advance(TimeSpan.FromSeconds(1)); // longer than the slots make it wait
        busy.Set();
        await Task.WhenAll(first, idle, asked);
        Assert.Equal(["idle", "asked"], order);

        bool Note(string what)
        {
            order.Add(what);
            return true;
        }
    }

    private Task<bool> Occupy(ManualResetEventSlim busy) => _slots.Run(() => busy.Wait(TimeSpan.FromSeconds(30)), TestContext.Current.CancellationToken);

    private static StoredPatches Patches(byte[] wav)
    {
        var features = SampleAudio.Features(wav);
        return new(features.Patches, features.PatchCount);
    }

    private sealed class ManualClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _now);

        internal void Advance(TimeSpan time) => Interlocked.Add(ref _now, time.Ticks);
    }
}
