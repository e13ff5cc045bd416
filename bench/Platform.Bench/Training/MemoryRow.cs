using System.Globalization;
using Platform.Contracts;
using Platform.Testing;
using Platform.Trainer;
using Platform.Trainer.Datasets;
using Platform.Trainer.Training;

namespace Platform.Bench.Training;

/// <summary>Peak resident memory of this process while it trains on a dataset that is larger, against the size of its shards.</summary>
internal static class MemoryRow
{
    private const double Mebibyte = 1 << 20;

    public static async Task<Row> Measure(int patches, int steps, int threads, CancellationToken cancellationToken)
    {
        using var remote = new TestFolder();
        using var cache = new TestFolder();
        var store = remote.Open();
        var (key, sha256, bytes) = await LargeDataset.Write(store, patches, cancellationToken);
        GC.Collect();
        await File.WriteAllTextAsync("/proc/self/clear_refs", "5", cancellationToken); // the peak from here on

        var options = new TrainerOptions { CacheDirectory = cache.Path };
        using var data = await new DatasetLoader(store, new ShardCache(store, options, TimeProvider.System), options).Load(key, sha256, cancellationToken);
        var plan = new TrainingPlan(
            new TrainingScope(ScopeModes.Device, "LT-2_all", null, "conv-ae", "device/LT-2_all/conv-ae", ["LT-2"]), new TrainingParameters { MaxSteps = steps }, data);
        using var thread = new TrainingThread();
        var state = EpochRow.NewState(plan.Parameters, threads, Precisions.Fp32);
        var session = await thread.Run(() => TrainingSession.Start(plan, state, null));
        try
        {
            await thread.Run(() => session.Train(() => cancellationToken.IsCancellationRequested));
        }
        finally
        {
            await thread.Run(session.Dispose);
        }

        Console.Error.WriteLine($"{data.PatchCount} patches, {state.Step} steps in {state.TrainingSeconds:0} s, loss {state.BestLoss:g4}.");
        var (peak, size) = (PeakResidentBytes() / Mebibyte, bytes / Mebibyte);
        return new Row($"peak memory, {data.PatchCount} patches", peak, size, "MiB", peak / size, Limit: 0.5, Better.Lower);
    }

    private static double PeakResidentBytes()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
