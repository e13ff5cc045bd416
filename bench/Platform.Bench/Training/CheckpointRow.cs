using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Platform.Contracts;
using Platform.Testing;
using Platform.Trainer;
using Platform.Trainer.Datasets;
using Platform.Trainer.Slices;
using Platform.Trainer.Training;

namespace Platform.Bench.Training;

/// <summary>What a checkpoint costs, from capturing the session to the manifest in a store that syncs to disk, against the training between two of them.</summary>
internal static class CheckpointRow
{
    private const int WarmUp = 2;

    public static async Task<Row> Measure(int rounds, int threads, CancellationToken cancellationToken)
    {
        using var remote = new TestFolder();
        using var cache = new TestFolder();
        using var unused = new TestFolder();
        var (key, sha256) = await PatchFiles.Write(remote.Open(), unused.Path, cancellationToken);
        var options = new TrainerOptions { CacheDirectory = cache.Path };
        var loader = new DatasetLoader(remote.Open(), new ShardCache(remote.Open(), options, TimeProvider.System), options);
        using var data = await loader.Load(key, sha256, cancellationToken);
        var scope = new TrainingScope(ScopeModes.Device, "LT-2_all", null, "conv-ae", "device/LT-2_all/conv-ae", ["LT-2"]);
        var plan = new TrainingPlan(scope, new TrainingParameters { Patience = int.MaxValue }, data);
        using var thread = new TrainingThread();
        await using var slice = await OpenSlice.On(thread, () => TrainingSession.Start(plan, EpochRow.NewState(plan.Parameters, threads, Precisions.Fp32), null));
        var checkpoints = new CheckpointStore(remote.Open(), new RunKeys("bench"), NullLogger.Instance);

        var seconds = new List<double>();
        for (var round = 0; round < WarmUp + rounds; round++)
        {
            await slice.Train(() => true); // each step has a checkpoint of its own
            var started = Stopwatch.GetTimestamp();
            await checkpoints.Save(await slice.Capture(), cancellationToken);
            if (round >= WarmUp)
                seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        var (cost, between) = (Median.Of(seconds), options.CheckpointSeconds);
        return new Row("checkpoint into a folder, every 30 s", cost, between, "s", cost / between, Limit: 0.05, Better.Lower);
    }
}
