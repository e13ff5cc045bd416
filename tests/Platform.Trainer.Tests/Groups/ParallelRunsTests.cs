using System.Text.Json;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;
using Platform.Trainer.Slices;

namespace Platform.Trainer.Tests.Groups;

/// <summary>A worker that has several messages at once.</summary>
public sealed class ParallelRunsTests(TestVhost vhost) : SliceRunnerTest(vhost)
{
    private static readonly TrainerOptions Three = new() { ParallelRuns = 3, CheckpointSeconds = 0.3 };

    [Fact]
    public async Task Each_of_several_runs_ends_in_a_package_of_its_own_that_says_that_it_was_not_alone()
    {
        using var worker = NewWorker(Three);
        using var single = NewWorker();
        var parameters = Quick with { MaxSteps = 300, Patience = 300, LearningRate = 1e-3 };
        var messages = new List<TrainRequested>();
        foreach (var (device, seed) in new[] { ("LT-1", 1), ("LT-2", 2), ("LT-3", 3) })
            messages.Add(await new TestDataset(30 + seed, [device]).Store(_store, $"run-{seed}", parameters with { Seed = seed }));

        var ends = await Task.WhenAll(messages.Select(message => worker.Run(message)));

        foreach (var (message, end) in messages.Zip(ends))
        {
            var result = Assert.IsType<SliceOutcome.Completed>(end).Result;
            Assert.Equal((message.RunId, 300), (result.RunId, result.Steps));
            var metadata = JsonDocument.Parse(await _store.ReadAll($"{result.PackagePrefix}/metadata.json", Ct)).RootElement;
            Assert.Contains(metadata.GetProperty("notes").EnumerateArray(), note => note.GetString()!.Contains("up to 2 others", StringComparison.Ordinal));

            var alone = Assert.IsType<SliceOutcome.Completed>(await single.Run(message with { RunId = Guid.NewGuid(), RunName = $"{message.RunName}-alone" })).Result;
            var (threshold, expected) = (result.Thresholds[0].Threshold, alone.Thresholds[0].Threshold);
            Assert.Equal(message.Scope.Devices[0], result.Thresholds[0].Device);
            Assert.InRange(threshold, 0.5 * expected, 2 * expected);
        }
    }

    [Fact]
    public async Task A_stopping_worker_hands_on_all_of_its_runs_and_the_next_one_ends_them()
    {
        using var worker = NewWorker(Three);
        var parameters = Quick with { MaxSteps = 100_000, Patience = 100_000 };
        TrainRequested[] messages =
        [
            await new TestDataset(40, ["LT-1"]).Store(_store, "first", parameters),
            await new TestDataset(40, ["LT-2"]).Store(_store, "second", parameters with { Seed = 8 }),
            await new TestDataset(40, ["LT-3"]).Store(_store, "another-shape", parameters with { BatchSize = 8 }),
        ];

        var working = messages.Select(message => worker.Run(message)).ToArray();
        await Eventually.Is(() => messages.All(message => _bus.Received<TrainingProgressed>().Any(progress => progress.RunId == message.RunId && progress.Step > 5)));
        worker.Lifetime.StopApplication();
        var outcomes = await Task.WhenAll(working).WaitAsync(TimeSpan.FromSeconds(60), Ct);

        var next = outcomes.Select(outcome => Assert.IsType<SliceOutcome.Continued>(outcome).Next).ToArray();
        Assert.Equal([1, 1, 1], next.Select(message => message.Slice));
        using var successor = NewWorker(Three);
        var steps = new CheckpointStore(_store, new RunKeys("first"), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var reached = (await steps.Latest(messages[0].DatasetManifestSha256, Ct))!.State.Step;
        var ends = await Task.WhenAll(next.Select(message => successor.Run(message with { Parameters = message.Parameters with { MaxSteps = reached + 20 } })));
        Assert.Equal(reached + 20, Assert.IsType<SliceOutcome.Completed>(ends[0]).Result.Steps);
        Assert.All(ends, end => Assert.IsType<SliceOutcome.Completed>(end));
    }

    [Fact]
    public async Task A_run_whose_loss_is_no_number_fails_and_the_others_complete()
    {
        using var worker = NewWorker(Three);
        var parameters = Quick with { MaxSteps = 200, Patience = 200 };
        TrainRequested[] messages =
        [
            await new TestDataset(40, ["LT-1"]).Store(_store, "first", parameters),
            await new TestDataset(40, ["LT-2"], distort: value => value > 0.81f ? 1e30f : value).Store(_store, "broken", parameters),
            await new TestDataset(40, ["LT-3"]).Store(_store, "third", parameters),
        ];

        var ends = await Task.WhenAll(messages.Select(message => worker.Run(message)));

        Assert.IsType<SliceOutcome.Completed>(ends[0]);
        Assert.Contains("diverged", Assert.IsType<SliceOutcome.Failed>(ends[1]).Result.Reason, StringComparison.Ordinal);
        Assert.IsType<SliceOutcome.Completed>(ends[2]);
    }
}
