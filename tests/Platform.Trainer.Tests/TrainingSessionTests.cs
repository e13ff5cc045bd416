using Platform.Contracts;
using Platform.Models;
using Platform.Trainer.Training;

namespace Platform.Trainer.Tests;

public sealed class TrainingSessionTests
{
    [Theory]
    [InlineData(1, null, "constant", "fp32")]
    [InlineData(7, null, "cosine", "fp32")]
    [InlineData(13, "balanced", "cosine", "fp32")]
    [InlineData(11, null, "constant", "bf16")]
    public void A_run_resumed_from_checkpoints_is_the_run_that_never_stopped_bit_for_bit(int stepsBetween, string? aggregation, string schedule, string precision)
    {
        Assert.SkipUnless(precision == Precisions.Fp32 || Machine.Look().Bf16, "This processor has no AVX-512 BW.");
        var warmup = schedule == LrSchedules.Cosine ? 10 : 0;
        var plan = Plan(new TrainingParameters { MaxSteps = 40, BatchSize = 8, Seed = 3, WarmupSteps = warmup, LrSchedule = schedule }, aggregation);

        using var whole = TrainingSession.Start(plan, NewState(plan, precision), null);
        whole.Train(() => false);

        var parts = TrainingSession.Start(plan, NewState(plan, precision), null);
        while (!parts.Finished)
        {
            var until = parts.State.Step + stepsBetween;
            parts.Train(() => parts.State.Step >= until);
            var files = parts.Capture().ToFiles().ToDictionary(file => file.Key, file => file.Value.ToArray());
            parts.Dispose();
            parts = TrainingSession.Resume(plan, Checkpoint.FromFiles(files));
        }

        using (parts)
        {
            Assert.Equal(Files(whole, "optimizer.pth"), Files(parts, "optimizer.pth"));
            Assert.Equal(Files(whole, "model.pth"), Files(parts, "model.pth"));
            Assert.Equal(Files(whole, "best.pth"), Files(parts, "best.pth"));
            Assert.Equal(whole.State.Metrics.Select(Reproducible), parts.State.Metrics.Select(Reproducible));
            Assert.Equal((whole.State.BestLoss, whole.State.BestStep, whole.State.Stale), (parts.State.BestLoss, parts.State.BestStep, parts.State.Stale));
        }
    }

    [Fact]
    public void Training_reduces_the_loss_and_keeps_the_best_weights()
    {
        var plan = Plan(new TrainingParameters { MaxSteps = 120, BatchSize = 16, LearningRate = 3e-3 });
        using var session = TrainingSession.Start(plan, NewState(plan), null);

        session.Train(() => false);

        var first = session.State.Metrics[0].ValidationLoss!.Value;
        Assert.True(session.State.BestLoss < first / 4, $"The loss went from {first} to {session.State.BestLoss}.");
        var errors = ReconstructionErrors.Of(session.TakeBest(), plan.Data.Gather(plan.Split.ValidationPatches), 16, 16);
        Assert.Equal(session.State.BestLoss!.Value, errors.Average());
    }

    [Fact]
    public void It_stops_when_nothing_improves_any_more_but_not_before_the_least_passes()
    {
        // A learning rate that changes nothing in float32: the first evaluation is the best for ever.
        var plan = Plan(new TrainingParameters { MaxSteps = 1000, BatchSize = 64, LearningRate = 1e-30, Patience = 3, MinEpochs = 7 });
        using var session = TrainingSession.Start(plan, NewState(plan), null);

        session.Train(() => false);

        Assert.True(session.State.StoppedEarly);
        Assert.InRange(session.State.Epoch, 7, 200);
        Assert.True(session.State.Stale >= 3);
    }

    [Fact]
    public void Each_evaluation_says_how_fast_training_was_since_the_one_before_even_in_another_slice()
    {
        var plan = Plan(new TrainingParameters { MaxSteps = 60, BatchSize = 16 });
        var session = TrainingSession.Start(plan, NewState(plan), null);
        while (!session.Finished)
        {
            var until = session.State.Step + 7;
            session.Train(() => session.State.Step >= until);
            var files = session.Capture().ToFiles().ToDictionary(file => file.Key, file => file.Value.ToArray());
            session.Dispose();
            session = TrainingSession.Resume(plan, Checkpoint.FromFiles(files));
        }

        using (session)
        {
            var metrics = session.State.Metrics;
            var patches = metrics.Zip(metrics.Skip(1), (before, now) => (now.Seconds - before.Seconds) * now.PatchesPerSecond).Sum();
            Assert.Equal(8, metrics.Count); // after each pass of eight steps and after the last step
            Assert.Equal(16.0 * (60 - 8), patches, 16.0 * 60 * 0.05); // the time is given in milliseconds
            Assert.All(metrics, point => Assert.InRange(point.MemoryMib, 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1048576.0));
        }
    }

    [Fact]
    public void The_test_set_has_no_say_in_training()
    {
        var parameters = new TrainingParameters { MaxSteps = 30, BatchSize = 16, ValidationFraction = 0.15, TestFraction = 0.15 };
        var whole = new TrainingPlan(Scope(), parameters, new TestDataset(40, ["LT-2"]).Data);
        var value = 0;
        var test = whole.Split.TestPatches.ToHashSet();
        var other = new TestDataset(40, ["LT-2"], distort: level => test.Contains(value++ / 256) ? 1 - level : level).Data;
        Assert.NotEqual(whole.Data.Gather(whole.Split.TestPatches), other.Gather(whole.Split.TestPatches));

        using var first = TrainingSession.Start(whole, NewState(whole), null);
        first.Train(() => false);
        var changed = new TrainingPlan(Scope(), parameters, other);
        using var second = TrainingSession.Start(changed, NewState(changed), null);
        second.Train(() => false);

        Assert.Equal(24, whole.Split.TestPatches.Length);
        Assert.Equal(Files(first, "best.pth"), Files(second, "best.pth"));
        Assert.Equal(first.State.Metrics.Select(point => point.ValidationLoss), second.State.Metrics.Select(point => point.ValidationLoss));
    }

    [Fact]
    public void Epochs_are_a_budget_too()
    {
        var plan = Plan(new TrainingParameters { Epochs = 3, BatchSize = 10 });
        using var session = TrainingSession.Start(plan, NewState(plan), null);

        session.Train(() => false);

        Assert.Equal(3, session.State.Epoch);
        Assert.Equal(3 * plan.StepsPerEpoch, session.State.Step);
        Assert.Equal(13, plan.StepsPerEpoch); // 32 of 40 recordings with 4 patches each, in batches of at most 10
    }

    [Fact]
    public void A_pass_is_cut_into_parts_of_nearly_equal_size()
    {
        var plan = Plan(new TrainingParameters { BatchSize = 50 });
        var pass = plan.Pass(0);

        int[] sizes = [.. Enumerable.Range(0, plan.StepsPerEpoch).Select(step => plan.Batch(pass, step).Length)];

        Assert.Equal(plan.Split.TrainingPatches.Length, sizes.Sum());
        Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
    }

    [Fact]
    public void Balanced_weights_let_every_device_count_the_same()
    {
        var plan = Plan(new TrainingParameters(), "balanced");

        var perDevice = plan.Split.Training.GroupBy(recording => recording.Device)
            .Select(device => device.Sum(recording => recording.Patches.Sum(patch => plan.Weights![patch])));

        Assert.All(perDevice, weight => Assert.Equal(plan.Split.TrainingPatches.Length / 2.0, weight, 1e-3));
    }

    [Fact]
    public void A_loss_that_is_no_number_ends_training_with_the_step()
    {
        var data = new TestDataset(40, ["LT-2"], distort: value => value > 0.81f ? float.NaN : value).Data;
        var plan = new TrainingPlan(Scope(), new TrainingParameters(), data);
        using var session = TrainingSession.Start(plan, NewState(plan), null);

        var exception = Assert.Throws<TrainingDivergedException>(() => session.Train(() => false));

        Assert.Contains("at step 1", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("batchSize")]
    [InlineData("learningRate")]
    [InlineData("warmupSteps")]
    [InlineData("lrSchedule")]
    [InlineData("device")]
    [InlineData("precision")]
    [InlineData("minLearningRate")]
    [InlineData("thresholdRule")]
    [InlineData("thresholdFrom")]
    [InlineData("testFraction")]
    [InlineData("testFraction alone")]
    [InlineData("gru-ae")]
    public void A_plan_that_cannot_be_done_names_what_is_wrong(string what)
    {
        var parameters = what switch
        {
            "batchSize" => new TrainingParameters { BatchSize = 0 },
            "learningRate" => new TrainingParameters { LearningRate = double.NaN },
            "warmupSteps" => new TrainingParameters { WarmupSteps = 10, Epochs = 10 }, // 10 steps: 40 patches in batches of 32, a fifth held out
            "thresholdRule" => new TrainingParameters { ThresholdRule = "q95" },
            "thresholdFrom" => new TrainingParameters { ThresholdFrom = "test" },
            "testFraction" => new TrainingParameters { TestFraction = 0.8 },
            "testFraction alone" => new TrainingParameters { TestFraction = 0.2, ValidationFraction = 0 },
            "lrSchedule" => new TrainingParameters { LrSchedule = "linear" },
            "device" => new TrainingParameters { Device = "gpu" },
            "precision" => new TrainingParameters { Precision = "fp16" },
            "minLearningRate" => new TrainingParameters { LearningRate = 1e-3, MinLearningRate = 1e-2 },
            _ => new TrainingParameters(),
        };
        var scope = what == "gru-ae" ? Scope() with { ModelType = what } : Scope();

        var exception = Assert.Throws<InvalidDataException>(() => new TrainingPlan(scope, parameters, new TestDataset(10, ["LT-2"]).Data));

        Assert.Contains(what.Split(' ')[0], exception.Message, StringComparison.Ordinal);
    }

    internal static TrainingState NewState(TrainingPlan plan, string precision = Precisions.Fp32) => new()
    {
        Precision = precision,
        DatasetManifestSha256 = "sha",
        Seed = plan.Parameters.Seed,
        Threads = 1,
        LibtorchVersion = "test",
        InstructionSet = "test",
        StartedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public void Of_very_many_held_out_patches_evenly_spaced_ones_are_watched()
    {
        var few = Plan(new TrainingParameters());
        Assert.Equal(few.Split.ValidationPatches, few.WatchedPatches);

        var many = new TrainingPlan(Scope(), new TrainingParameters(), new TestDataset(3_000, ["LT-2"]).Data);
        Assert.Equal(2_400, many.Split.ValidationPatches.Length);
        Assert.Equal(1_024, many.WatchedPatches.Distinct().Count());
        Assert.All(Enumerable.Range(1, 1_023), i => Assert.InRange(
            Array.IndexOf(many.Split.ValidationPatches, many.WatchedPatches[i]) - Array.IndexOf(many.Split.ValidationPatches, many.WatchedPatches[i - 1]), 2, 3));
    }

    private static TrainingPlan Plan(TrainingParameters parameters, string? aggregation = null)
    {
        var dataset = aggregation is null ? new TestDataset(40, ["LT-2"]) : new TestDataset(20, ["LT-1", "LT-2"], aggregation);
        return new TrainingPlan(Scope() with { Aggregation = aggregation }, parameters, dataset.Data);
    }

    // All but what this machine measured.
    private static MetricPoint Reproducible(MetricPoint point) => point with { Seconds = 0, PatchesPerSecond = 0, MemoryMib = 0 };

    private static byte[] Files(TrainingSession session, string file) => session.Capture().ToFiles()[file].ToArray();

    private static TrainingScope Scope() => new(ScopeModes.Device, "LT-2_all", null, "conv-ae", "device/LT-2_all/conv-ae", ["LT-2"]);
}
