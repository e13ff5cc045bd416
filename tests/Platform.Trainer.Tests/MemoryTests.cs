using System.Globalization;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Trainer.Tests;

/// <summary>A trainer that people leave alone for months must not grow with the runs that it has done.</summary>
public sealed class MemoryTests(TestVhost vhost, TestBucket bucket, ITestOutputHelper output) : TrainerProcessTest(vhost, bucket)
{
    private static readonly TrainingParameters Parameters = new() { MaxSteps = 40, Patience = 40, BatchSize = 16, LearningRate = 1e-2, Threads = 1 };

    [Fact]
    public async Task After_fifty_runs_a_process_holds_what_it_held_after_five()
    {
        var dataset = new TestDataset(40, ["LT-2"]);
        await using var trainer = await StartTrainer(checkpointSeconds: 30);
        var resident = new List<long>();
        for (var run = 1; run <= 50; run++)
        {
            var message = await dataset.Store(_store, $"run-{run}", Parameters);
            await _bus.Publish(message, Guid.NewGuid());
            await Completed(message, trainer);
            resident.Add(trainer.ResidentBytes);
        }

        output.WriteLine("MiB after each run: " + string.Join(' ', resident.Select(bytes => (bytes >> 20).ToString(CultureInfo.InvariantCulture))));
        // Each figure is that of one moment between two collections, so the middle of five tells more than any.
        var (early, late) = (Median(resident[3..8]), Median(resident[^5..]));
        output.WriteLine($"after 5 runs {early >> 20} MiB, after 50 runs {late >> 20} MiB: {(double)late / early:p1}");
        Assert.InRange((double)late / early, 0, 1.1);
    }

    private static long Median(List<long> values) => values.Order().ElementAt(values.Count / 2);
}
