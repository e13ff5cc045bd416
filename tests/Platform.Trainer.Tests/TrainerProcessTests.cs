using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Trainer.Tests;

/// <summary>The service as operators run it: a process, a queue, signals.</summary>
public sealed class TrainerProcessTests(TestVhost vhost, TestBucket bucket) : TrainerProcessTest(vhost, bucket)
{
    [Fact]
    public async Task A_trainer_killed_in_the_middle_is_followed_by_one_that_ends_in_the_same_weights()
    {
        var parameters = new TrainingParameters { MaxSteps = 600, Patience = 600, BatchSize = 16, Seed = 9, Threads = 1 };
        var dataset = new TestDataset(40, ["LT-2"]);
        var undisturbed = await dataset.Store(_store, "undisturbed", parameters);
        var killed = await dataset.Store(_store, "killed", parameters);

        await using (var trainer = await StartTrainer())
        {
            await _bus.Publish(undisturbed, Guid.NewGuid());
            await Completed(undisturbed, trainer);
            await _bus.Publish(killed, Guid.NewGuid());
            await Eventually.Is(async () => (await Keys("runs/killed/checkpoints/")).Exists(key => key.Split('/') is [_, Artifacts.ManifestName]), Long);
            await trainer.Kill();
        }

        Assert.DoesNotContain(_bus.Received<TrainingCompleted>(), completed => completed.RunId == killed.RunId);
        await using var next = await StartTrainer();
        await Completed(killed, next);

        Assert.Equal(await WeightsHash("undisturbed"), await WeightsHash("killed"));
        Assert.DoesNotContain("starts at step 0 ", next.Log, StringComparison.Ordinal); // resumed, not repeated
    }

    [Fact]
    public async Task A_trainer_told_to_stop_hands_on_within_ten_seconds_and_another_one_finishes()
    {
        var message = await new TestDataset(40, ["LT-2"]).Store(
            _store, "stopped", new TrainingParameters { MaxSteps = 600, Patience = 600, BatchSize = 16, Threads = 1 });

        await using (var trainer = await StartTrainer())
        {
            await _bus.Publish(message, Guid.NewGuid());
            await Eventually.Is(() => _bus.Received<TrainingProgressed>().Any(progress => progress.RunId == message.RunId && progress.Step > 10), Long);
            Assert.Equal(0, await trainer.Stop(TimeSpan.FromSeconds(10)));
        }

        Assert.NotNull(await _store.Find("runs/stopped/slices/0", Ct));
        await using var next = await StartTrainer();
        await Completed(message, next);

        Assert.NotNull(await _store.Find("runs/stopped/slices/1", Ct));
        Assert.Contains(_bus.Received<TrainingProgressed>(), progress => progress.RunId == message.RunId && progress.Slice == 1);
    }

    [Fact]
    public async Task A_message_delivered_twice_trains_once_and_is_answered_twice()
    {
        var message = await new TestDataset(10, ["LT-2"]).Store(_store, "twice", new TrainingParameters { MaxSteps = 20, Threads = 1, LearningRate = 1e-2 });
        var id = Guid.NewGuid();

        await using var trainer = await StartTrainer();
        await _bus.Publish(message, id);
        await _bus.Publish(message, id);
        await Eventually.Is(() => Results().Count == 2, Long);

        Assert.Equal(Results()[0].PackageManifestSha256, Results()[1].PackageManifestSha256);
        Assert.Equal(["000001"], await Keys("runs/twice/starts/"));

        List<TrainingCompleted> Results() => [.. _bus.Received<TrainingCompleted>().Where(completed => completed.RunId == message.RunId)];
    }

    [Fact]
    public async Task A_wrong_setting_ends_the_start_with_one_line()
    {
        var settings = Settings();
        settings["Trainer__SliceMinutes"] = "45";
        await using var trainer = ServiceProcess.Launch("trainer", settings);

        Assert.Equal(1, await trainer.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Contains("Trainer:SliceMinutes", trainer.Log, StringComparison.Ordinal);
        Assert.Contains("'45'", trainer.Log, StringComparison.Ordinal);
    }
}
