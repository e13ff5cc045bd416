using System.Text.Json;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Trainer.Tests.Groups;

/// <summary>The service with several messages in its queue.</summary>
public sealed class ParallelTrainerTests(TestVhost vhost, TestBucket bucket) : TrainerProcessTest(vhost, bucket)
{
    [Fact]
    public async Task A_trainer_that_may_takes_several_messages_at_once_and_trains_them_together()
    {
        var settings = Settings(checkpointSeconds: 30);
        settings["Trainer__ParallelRuns"] = "3";
        var parameters = new TrainingParameters { MaxSteps = 400, Patience = 400, BatchSize = 16, Threads = 1 };
        var messages = new List<TrainRequested>();
        foreach (var seed in new[] { 1, 2, 3 })
            messages.Add(await new TestDataset(40, [$"LT-{seed}"]).Store(_store, $"run-{seed}", parameters with { Seed = seed }));

        await using var trainer = await ServiceProcess.Start("trainer", settings);
        foreach (var message in messages)
            await _bus.Publish(message, Guid.NewGuid());
        await Eventually.Is(() => messages.All(message => _bus.Received<TrainingCompleted>().Any(completed => completed.RunId == message.RunId)), Long);

        foreach (var message in messages)
        {
            var metadata = JsonDocument.Parse(await _store.ReadAll($"runs/{message.RunName}/package/metadata.json", Ct)).RootElement;
            Assert.Contains(metadata.GetProperty("notes").EnumerateArray(), note => note.GetString()!.StartsWith("Trained together with", StringComparison.Ordinal));
        }
    }
}
