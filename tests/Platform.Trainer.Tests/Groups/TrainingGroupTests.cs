using Platform.Contracts;
using Platform.Trainer.Training;
using static Platform.Trainer.Tests.Groups.GroupRuns;

namespace Platform.Trainer.Tests.Groups;

/// <summary>Runs that step together: each must end as it would alone, whatever becomes of the others.</summary>
public sealed class TrainingGroupTests
{
    // The usual rate, 1e-3, makes a percent of a difference of 1e-7 within a hundred steps.
    private static readonly TrainingParameters Parameters = new() { MaxSteps = 100, BatchSize = 16, Patience = 1000, LearningRate = 1e-4 };

    private readonly TrainingPlan _first = Plan(new TestDataset(40, ["LT-1"]), Parameters with { Seed = 1 });
    private readonly TrainingPlan _second = Plan(new TestDataset(23, ["LT-2"]), Parameters with { Seed = 2, WarmupSteps = 10, LrSchedule = LrSchedules.Cosine, MaxSteps = 90 });

    [Fact]
    public async Task Each_run_ends_as_it_would_alone_whatever_its_data_schedule_weights_and_start()
    {
        var balanced = Plan(new TestDataset([("LT-3", 18), ("LT-4", 6)], "balanced"), Parameters with { Seed = 3, LearningRate = 5e-5 }, "balanced");
        var unsplit = Plan(new TestDataset(31, ["LT-5"], patchesPerRecording: 3), Parameters with { Seed = 4, ValidationFraction = 0 });
        Func<TrainingSession>[] open = [() => New(_first), () => New(_second), () => New(balanced), () => New(unsplit), () => Started(37)];

        using var thread = new TrainingThread(runsAtOnce: 5);
        var together = await Together(thread, _ => false, open);
        await Leave(thread, together.Select(run => run.Session));

        foreach (var ((session, failure), opened) in together.Zip(open))
        {
            using var alone = Alone(opened());
            Assert.Null(failure);
            Near(alone, session);
            Assert.Contains(session.State.Notes, note => note == "Trained together with up to 4 others at a time; not bit-reproducible.");
            Assert.Empty(alone.State.Notes);
            session.Dispose();
        }

        TrainingSession Started(int steps)
        {
            var session = New(Plan(new TestDataset(40, ["LT-6"]), Parameters with { Seed = 6 }));
            session.Train(() => session.State.Step >= steps);
            return Resumed(session);
        }
    }

    [Fact]
    public async Task A_run_that_stops_early_leaves_and_the_others_go_on()
    {
        // A learning rate that changes nothing in float32: the first evaluation is the best for ever.
        var still = Plan(new TestDataset(40, ["LT-9"]), Parameters with { LearningRate = 1e-30, Patience = 2, MinEpochs = 3 });

        using var thread = new TrainingThread(runsAtOnce: 3);
        var together = await Together(thread, _ => false, () => New(_first), () => New(still), () => New(_second));
        await Leave(thread, together.Select(run => run.Session));

        Assert.True(together[1].Session.State.StoppedEarly);
        Assert.InRange(together[1].Session.State.Step, 1, 60);
        using var first = Alone(New(_first));
        using var second = Alone(New(_second));
        Near(first, together[0].Session);
        Near(second, together[2].Session);
    }

    [Fact]
    public async Task A_checkpoint_of_a_run_among_others_is_resumed_alone_or_among_others()
    {
        using var thread = new TrainingThread(runsAtOnce: 3);
        var halfway = await Together(thread, session => session.State.Step >= 43, () => New(_first), () => New(_second));
        await Leave(thread, halfway.Select(run => run.Session));
        Assert.Equal([43, 43], halfway.Select(run => run.Session.State.Step));

        using var resumed = Alone(Resumed(halfway[0].Session));
        var together = await Together(thread, _ => false, () => Resumed(halfway[1].Session), () => New(Plan(new TestDataset(15, ["LT-8"]), Parameters)));
        await Leave(thread, together.Select(run => run.Session));

        using var first = Alone(New(_first));
        using var second = Alone(New(_second));
        Near(first, resumed);
        Near(second, together[0].Session);
    }

    [Fact]
    public async Task A_checkpoint_can_be_taken_while_the_run_keeps_its_place()
    {
        using var thread = new TrainingThread(runsAtOnce: 2);
        var halfway = await Together(thread, session => session.State.Step >= 43, () => New(_first), () => New(_second));
        var checkpoint = await thread.Read(halfway[0].Session, session => session.Capture().ToFiles());
        await Task.WhenAll(halfway.Select(run => thread.Train(run.Session, () => false)));
        await Leave(thread, halfway.Select(run => run.Session));

        using var first = Alone(New(_first));
        Near(first, halfway[0].Session);
        using var resumed = TrainingSession.Resume(_first, Checkpoint.FromFiles(checkpoint.ToDictionary(file => file.Key, file => file.Value.ToArray())));
        Near(first, Alone(resumed));
    }

    [Fact]
    public async Task A_run_that_diverges_fails_alone()
    {
        var broken = Plan(new TestDataset(40, ["LT-7"], distort: value => value > 0.81f ? float.NaN : value), Parameters);
        var exploding = Plan(new TestDataset(40, ["LT-6"], distort: value => value > 0.82f ? 1e30f : value), Parameters);

        using var thread = new TrainingThread(runsAtOnce: 4);
        var together = await Together(thread, _ => false, () => New(_first), () => New(broken), () => New(exploding), () => New(_second));
        await Leave(thread, together.Select(run => run.Session));

        Assert.IsType<TrainingDivergedException>(together[1].Failure);
        Assert.IsType<TrainingDivergedException>(together[2].Failure);
        using var first = Alone(New(_first));
        using var second = Alone(New(_second));
        Near(first, together[0].Session);
        Near(second, together[3].Session);
    }

    [Fact]
    public async Task The_best_weights_of_each_run_are_its_own()
    {
        using var thread = new TrainingThread(runsAtOnce: 2);
        var together = await Together(thread, _ => false, () => New(_first), () => New(_second));

        foreach (var (session, _) in together)
        {
            var errors = await thread.Run(session, own => PatchErrors.Of(own.TakeBest(), own.Plan.Data, own.Plan.WatchedPatches));
            GroupRuns.Near(session.State.BestLoss, errors.Average(), 1e-5, "loss of the best weights");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Runs_of_other_shapes_take_turns_and_are_bit_for_bit_what_they_are_alone(int runsAtOnce)
    {
        TrainingPlan[] plans = [.. new[] { 8, 12, 16 }.Select(batch => Plan(new TestDataset(40, ["LT-2"]), Parameters with { BatchSize = batch, MaxSteps = 40 }))];

        using var thread = new TrainingThread(runsAtOnce);
        var together = await Together(thread, _ => false, [.. plans.Select<TrainingPlan, Func<TrainingSession>>(plan => () => New(plan))]);

        foreach (var (session, plan) in together.Select(run => run.Session).Zip(plans))
        {
            using var alone = Alone(New(plan));
            Assert.Equal(alone.Capture().ToFiles()["model.pth"].ToArray(), (await thread.Read(session, own => own.Capture())).ToFiles()["model.pth"].ToArray());
            Assert.Empty(session.State.Notes);
        }
    }

    [Fact]
    public async Task One_that_is_left_of_a_group_goes_on_as_if_it_were_alone()
    {
        using var thread = new TrainingThread(runsAtOnce: 2);
        var longer = Plan(new TestDataset(40, ["LT-1"]), Parameters with { Seed = 1, MaxSteps = 150 });
        var together = await Together(thread, session => session.State.Step >= 50, () => New(longer), () => New(_second));
        await Leave(thread, together.Select(run => run.Session));
        using var copy = TrainingSession.Resume(longer, Checkpoint.FromFiles(
            together[0].Session.Capture().ToFiles().ToDictionary(file => file.Key, file => file.Value.ToArray())));

        await thread.Train(together[0].Session, () => false);

        Assert.Equal(Alone(copy).Capture().ToFiles()["model.pth"].ToArray(), together[0].Session.Capture().ToFiles()["model.pth"].ToArray());
    }
}
