using Platform.Contracts;
using Platform.Models;
using Platform.Trainer.Datasets;
using Platform.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Trainer.Tests;

/// <summary>What <c>balanced</c> means where one device has twenty times the patches of the other.</summary>
public sealed class DeviceBalanceTests
{
    private static readonly (string Device, int Recordings)[] Unequal = [("LT-1", 60), ("LT-2", 5)];

    [Fact]
    public void Every_device_has_the_same_weight_in_a_pass_whatever_its_number_of_patches()
    {
        var plan = Plan("balanced", new());

        var perDevice = plan.Split.Training.GroupBy(recording => recording.Device)
            .Select(device => device.Sum(recording => recording.Patches.Sum(patch => (double)plan.Weights![patch])));

        Assert.Equal((48 * 4, 3 * 4), (PatchesOf(plan, "LT-1"), PatchesOf(plan, "LT-2")));
        Assert.All(perDevice, weight => Assert.Equal(plan.Split.TrainingPatches.Length / 2.0, weight, 1e-3));
        Assert.Null(Plan("pooled", new()).Weights);
    }

    [Theory]
    [InlineData("pooled")]
    [InlineData("balanced")]
    public void A_step_follows_the_gradient_of_the_mean_that_was_asked_for(string aggregation)
    {
        // All training patches are one batch, so that one step is one gradient.
        var plan = Plan(aggregation, new() { BatchSize = 4_096, MaxSteps = 1, LearningRate = 1e-3, Seed = 3 });
        using var session = TrainingSession.Start(plan, TrainingSessionTests.NewState(plan), null);
        session.Train(() => false);

        using var reference = plan.Architecture.Create(plan.Parameters.Seed);
        var pass = plan.Pass(0);
        using var input = tensor(plan.Data.Gather(pass), [pass.Length, 1, 16, 16]);
        var ofLarge = plan.Split.Training.Where(recording => recording.Device == "LT-1").SelectMany(recording => recording.Patches).ToHashSet();
        reference.train();
        var errors = (reference.forward(input) - input).pow(2).mean([1L, 2, 3]);
        var (large, small) = (Rows(patch => ofLarge.Contains(patch)), Rows(patch => !ofLarge.Contains(patch)));
        var loss = aggregation == "balanced"
            ? (errors.index_select(0, large).mean() + errors.index_select(0, small).mean()) / 2
            : errors.mean();
        loss.backward();

        Assert.Equal(loss.item<float>(), session.State.PassLoss, 1e-5);
        var steepest = reference.parameters().Max(parameter => parameter.grad!.abs().max().item<float>());
        foreach (var (ours, expected) in session.Network.parameters().Zip(reference.parameters()))
            Assert.InRange((ours.grad! - expected.grad!).abs().max().item<float>(), 0, 1e-4 * steepest);

        Tensor Rows(Func<int, bool> which) => tensor(pass.Select((patch, row) => (patch, row)).Where(one => which(one.patch)).Select(one => (long)one.row).ToArray());
    }

    [Fact]
    public void The_loss_that_stops_training_and_chooses_the_weights_is_balanced_too()
    {
        var plan = Plan("balanced", new() { MaxSteps = 60, BatchSize = 16, LearningRate = 3e-3, Seed = 5 });
        using var session = TrainingSession.Start(plan, TrainingSessionTests.NewState(plan), null);

        session.Train(() => false);

        var (large, small) = Errors(plan, session.TakeBest());
        Assert.Equal((large + small) / 2, session.State.BestLoss!.Value, 1e-6 * large);
        Assert.NotEqual((12 * large + 2 * small) / 14, session.State.BestLoss.Value, 1e-3 * large);
    }

    [Fact]
    public void A_small_device_is_learned_better_than_in_a_pool()
    {
        var parameters = new TrainingParameters { MaxSteps = 80, BatchSize = 16, LearningRate = 3e-3, Seed = 5 };
        var small = new Dictionary<string, double>();
        foreach (var aggregation in (string[])["pooled", "balanced"])
        {
            var plan = Plan(aggregation, parameters);
            using var session = TrainingSession.Start(plan, TrainingSessionTests.NewState(plan), null);
            session.Train(() => false);
            small[aggregation] = Errors(plan, session.TakeBest()).Small;
        }

        Assert.True(small["balanced"] < 0.9 * small["pooled"], $"balanced {small["balanced"]}, pooled {small["pooled"]}");
    }

    [Fact]
    public void Of_very_many_held_out_patches_each_device_shows_an_equal_share_of_those_watched()
    {
        var data = new TestDataset([("LT-1", 2_000), ("LT-2", 1_000), ("LT-3", 10)], "balanced").Data;
        var balanced = new TrainingPlan(Scope("balanced"), new(), data);
        var pooled = new TrainingPlan(Scope("pooled"), new(), data);

        Assert.Equal([508, 508, 8], Watched(balanced));
        Assert.Equal(1_024, Watched(pooled).Sum());
        Assert.InRange(Watched(pooled)[2], 0, 4);
        Assert.Equal(balanced.WatchedPatches.Order(), balanced.WatchedPatches);
        Assert.Equal(1, balanced.WatchedWeights!.Average(), 1e-4);

        // Equal errors within a device: each device counts one third.
        var device = data.Recordings.SelectMany(recording => recording.Patches.Select(patch => (patch, recording.Device))).ToDictionary(one => one.patch, one => one.Device);
        double[] errors = [.. balanced.WatchedPatches.Select(patch => device[patch] switch { "LT-1" => 1.0, "LT-2" => 2.0, _ => 6.0 })];
        Assert.Equal(3, balanced.WatchedLoss(errors), 1e-4);

        int[] Watched(TrainingPlan plan) =>
            [.. data.Recordings.GroupBy(recording => recording.Device).Select(own => own.SelectMany(recording => recording.Patches).Intersect(plan.WatchedPatches).Count())];
    }

    [Fact]
    public void More_devices_than_patches_to_watch_still_show_one_each()
    {
        RecordingPatches[] recordings = [.. Plan("pooled", new()).Split.Training.Take(5).Select((recording, i) =>
            recording with { Recording = recording.Recording with { Device = $"LT-{i}" } })];

        Assert.Equal(recordings.Select(recording => recording.Patches[0]), DeviceBalance.Choose(recordings, most: 3));
    }

    private static (double Large, double Small) Errors(TrainingPlan plan, ConvAutoencoder network)
    {
        var byDevice = plan.Split.Validation.ToLookup(recording => recording.Device);
        return (Of("LT-1"), Of("LT-2"));

        double Of(string device) =>
            ReconstructionErrors.Of(network, plan.Data.Gather([.. byDevice[device].SelectMany(recording => recording.Patches)]), 16, 16).Average();
    }

    private static int PatchesOf(TrainingPlan plan, string device) =>
        plan.Split.Training.Where(recording => recording.Device == device).Sum(recording => recording.Patches.Length);

    private static TrainingPlan Plan(string aggregation, TrainingParameters parameters) =>
        new(Scope(aggregation), parameters, new TestDataset(Unequal, aggregation).Data);

    private static TrainingScope Scope(string aggregation) => new(
        ScopeModes.MachineType, "pump_all", aggregation, "conv-ae", $"machine_type/pump_all/{aggregation}/conv-ae", ["LT-1", "LT-2"]);
}
