using System.Diagnostics;
using Platform.Contracts;
using Platform.Models;
using Platform.Testing;
using Platform.Trainer;
using Platform.Trainer.Datasets;
using Platform.Trainer.Training;

namespace Platform.Bench.Training;

/// <summary>
/// Models per hour of runs that train together against one after the other: conv-ae on 256 patches [64, 256], a fifth held out, batch
/// 32, with the evaluations, best weights and metrics of a real run. The same sessions on the same thread, only the number that may
/// step together differs.
/// </summary>
internal static class GroupRow
{
    private const int WarmUp = 20;

    // What a run takes when nobody says how many steps; models per hour are such runs.
    private const int StepsOfAModel = 2000;

    public static async Task<Row> Measure(int runs, int steps, string device, int threads, CancellationToken cancellationToken)
    {
        using var remote = new TestFolder();
        using var cache = new TestFolder();
        using var unused = new TestFolder();
        var store = remote.Open();
        var (key, sha256) = await PatchFiles.Write(store, unused.Path, cancellationToken);
        var options = new TrainerOptions { CacheDirectory = cache.Path };
        var loader = new DatasetLoader(store, new ShardCache(store, options, TimeProvider.System), options);

        // Each run has a dataset of its own, as runs of several devices have.
        var plans = new List<TrainingPlan>();
        try
        {
            for (var run = 0; run < runs; run++)
            {
                var data = await loader.Load(key, sha256, cancellationToken);
                plans.Add(new TrainingPlan(
                    new TrainingScope(ScopeModes.Device, "LT-2_all", null, "conv-ae", "device/LT-2_all/conv-ae", ["LT-2"]),
                    new TrainingParameters { MaxSteps = WarmUp + steps, Patience = int.MaxValue, Seed = run }, data));
            }

            var together = await Seconds(plans, runs, steps, device, threads);
            var alone = await Seconds(plans, 1, steps, device, threads);
            double ModelsPerHour(double seconds) => runs * 3600 / (seconds * StepsOfAModel / steps);
            var limit = device == TrainingDevices.Cuda ? 8 : 0; // nothing is gained on a CPU, which has no kernels to wait for
            return new Row($"{runs} runs together, {device}", ModelsPerHour(together), ModelsPerHour(alone), "models/h", alone / together, limit);
        }
        finally
        {
            plans.ForEach(plan => plan.Data.Dispose());
        }
    }

    private static async Task<double> Seconds(IReadOnlyList<TrainingPlan> plans, int runsAtOnce, int steps, string device, int threads)
    {
        using var thread = new TrainingThread(runsAtOnce);
        var sessions = new List<TrainingSession>();
        try
        {
            foreach (var plan in plans)
                sessions.Add(await thread.Run(() => TrainingSession.Start(plan, NewState(plan, device, threads), null)));

            // The first steps choose convolution algorithms and fill caches.
            await Train(WarmUp);
            var started = Stopwatch.GetTimestamp();
            await Train(WarmUp + steps);
            return Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
        finally
        {
            foreach (var session in sessions)
                await thread.Run(session, own => { own.Dispose(); return true; });
        }

        Task Train(int until) => Task.WhenAll(sessions.Select(session => thread.Train(session, () => session.State.Step >= until)));
    }

    private static TrainingState NewState(TrainingPlan plan, string device, int threads) => new()
    {
        DatasetManifestSha256 = "",
        Seed = plan.Parameters.Seed,
        Threads = threads,
        Device = device,
        LibtorchVersion = TorchSharp.torch.__version__,
        InstructionSet = InstructionSet.Current,
        StartedAt = DateTimeOffset.UnixEpoch,
    };
}
