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

    [Fact]
    public async Task Posted_recordings_of_one_model_that_wait_are_all_extracted_and_then_scored_in_one_pass()
    {
        using var one = LoadedModel.Load(SampleModel.Create("LT-2", seed: 1).Package);
        using var other = LoadedModel.Load(SampleModel.Create("LT-2", seed: 2).Package);
        using var busy = new ManualResetEventSlim();
        var first = Occupy(busy);
        var scores = new List<Task<Prediction>>();
        var (extracted, early) = (0, false);

        for (var seed = 0; seed < 8; seed++)
        {
            var (wav, stored) = (SampleAudio.Rattle(seed), seed == 7); // one of them comes with its patches, as an event does
            scores.Add(stored
                ? _slots.Score(one, "LT-2", Patches(wav), TestContext.Current.CancellationToken)
                : _slots.Score(seed == 5 ? other : one, "LT-2", () => Extract(wav), TestContext.Current.CancellationToken));
        }

        busy.Set();
        await first;

        foreach (var (seed, scored) in scores.Index())
        {
            var alone = (seed == 5 ? other : one).Score("LT-2", Patches(SampleAudio.Rattle(seed)).Values);
            Assert.Equal(alone.Score, (await scored).Score, 1e-5 * alone.Score);
        }

        Assert.Equal((7, false), (extracted, early));

        StoredPatches Extract(byte[] wav)
        {
            // It holds the only slot: what is not scored by now waits for it.
            early |= ++extracted == 7 && scores[0].Wait(TimeSpan.FromMilliseconds(200));
            return Patches(wav);
        }
    }

    [Fact]
    public async Task What_cannot_be_extracted_fails_alone_and_is_told_why()
    {
        using var model = LoadedModel.Load(SampleModel.Create("LT-2", seed: 1).Package);
        using var busy = new ManualResetEventSlim();
        var first = Occupy(busy);

        var bad = _slots.Score(model, "LT-2", () => throw new InvalidDataException("no audio"), TestContext.Current.CancellationToken);
        var good = _slots.Score(model, "LT-2", () => Patches(SampleAudio.Hum()), TestContext.Current.CancellationToken);
        busy.Set();
        await first;

        Assert.Equal("no audio", (await Assert.ThrowsAsync<InvalidDataException>(() => bad)).Message);
        Assert.Equal(model.Score("LT-2", Patches(SampleAudio.Hum()).Values).Score, (await good).Score, 1e-9);
    }

    [Fact]
    public async Task A_long_recording_in_the_background_leaves_the_slot_between_its_steps_and_gets_the_score_that_it_gets_in_one_go()
    {
        using var model = LoadedModel.Load(SampleModel.Create("LT-2", seed: 1).Package);
        var once = Patches(SampleAudio.Rattle());
        var patches = new StoredPatches([.. Enumerable.Repeat(once.Values, 200).SelectMany(values => values)], 200 * once.Count);
        using var busy = new ManualResetEventSlim();
        var first = Occupy(busy);

        var background = _slots.ScoreInBackground(model, "LT-2", patches, TestContext.Current.CancellationToken);
        var between = 0;
        _ = Other();
        busy.Set();
        await first;
        await background;
        // The other one always waits already when a step ends, so it had its turn after each of four patches but the last.
        Assert.InRange(between, patches.Count / 4 - 1, int.MaxValue);

        var alone = model.Score("LT-2", patches.Values);
        Assert.Equal(alone.Score, (await background).Score, 1e-5 * alone.Score);
        Assert.Equal(alone.PatchErrors.Count, (await background).PatchErrors.Count);

        Task<bool> Other() => _slots.RunInBackground(
            () =>
            {
                if (background.IsCompleted)
                    return false;
                between++;
                _ = Other();
                return true;
            },
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_background_never_takes_all_slots_comes_last_and_is_not_forgotten()
    {
        var slots = new ComputeSlots(new ScoringOptions { Parallelism = 2 }, Clock);
        using var busy = new ManualResetEventSlim();
        var background = Enumerable.Range(0, 3).Select(_ => slots.RunInBackground(() => busy.Wait(TimeSpan.FromSeconds(30)), TestContext.Current.CancellationToken)).ToList();

        Assert.Equal(7, await slots.Run(() => 7, TestContext.Current.CancellationToken));
        Assert.Equal(8, await slots.RunWhenIdle(() => 8, TestContext.Current.CancellationToken));
        Assert.DoesNotContain(background, one => one.IsCompleted);
        busy.Set();
        Assert.All(await Task.WhenAll(background), Assert.True);

        // Beside who computes it waits, although a slot is free, until that one is through.
        busy.Reset();
        var computing = slots.Run(() => busy.Wait(TimeSpan.FromSeconds(30)), TestContext.Current.CancellationToken);
        var beside = slots.RunInBackground(() => true, TestContext.Current.CancellationToken);
        Assert.Equal(9, await slots.Run(() => 9, TestContext.Current.CancellationToken));
        Assert.False(beside.IsCompleted);
        busy.Set();
        Assert.True(await computing && await beside);

        var order = new List<string>();
        busy.Reset();
        var first = Occupy(busy);
        var late = _slots.RunInBackground(() => Note("background"), TestContext.Current.CancellationToken);
        var idle = _slots.RunWhenIdle(() => Note("idle"), TestContext.Current.CancellationToken);
        var asked = _slots.Run(() => Note("asked"), TestContext.Current.CancellationToken);
        busy.Set();
        await Task.WhenAll(first, late, idle, asked);
        Assert.Equal(["asked", "idle", "background"], order);

        busy.Reset();
        order.Clear();
        first = Occupy(busy);
        late = _slots.RunInBackground(() => Note("background"), TestContext.Current.CancellationToken);
        asked = _slots.Run(() => Note("asked"), TestContext.Current.CancellationToken);
        Clock.Advance(TimeSpan.FromSeconds(10));
        busy.Set();
        await Task.WhenAll(first, late, asked);
        Assert.Equal(["background", "asked"], order);

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
