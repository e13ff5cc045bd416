using System.Diagnostics;
using System.Globalization;
using Platform.Contracts;
using Platform.Models;
using Platform.Testing;
using Platform.Trainer;
using Platform.Trainer.Datasets;
using Platform.Trainer.Training;

namespace Platform.Bench.Training;

/// <summary>
/// Seconds per epoch of 256 patches [64, 256], batch 32, conv-ae: the trainer's session on its thread, patches from a mapped shard,
/// against a PyTorch process in fp32 that starts from the same weights and takes the same batches. Epoch by epoch in turns.
/// </summary>
internal static class EpochRow
{
    private const int BatchSize = 32;
    private const int WarmUp = 3;

    public static async Task<Row> Measure(string device, string precision, int rounds, int threads, CancellationToken cancellationToken)
    {
        // bfloat16 has eight bits of mantissa: the loss of an epoch is the same to some per mille.
        var (limit, lossTolerance) = precision == Precisions.Fp32 ? (0.50, 1e-4) : (0.35, 1e-2);
        if (device == TrainingDevices.Cuda)
            (limit, lossTolerance) = (1, Math.Max(lossTolerance, 1e-3)); // convolutions in TF32 on both sides

        using var remote = new TestFolder();
        using var cache = new TestFolder();
        using var patches = new TestFolder();
        var store = remote.Open();
        var (key, sha256) = await PatchFiles.Write(store, patches.Path, cancellationToken);

        // 1. our run, whose initial weights the peer gets
        var options = new TrainerOptions { CacheDirectory = cache.Path };
        using var data = await new DatasetLoader(store, new ShardCache(store, options, TimeProvider.System), options).Load(key, sha256, cancellationToken);
        var parameters = new TrainingParameters { Epochs = WarmUp + rounds, BatchSize = BatchSize, ValidationFraction = 0, Patience = int.MaxValue };
        var plan = new TrainingPlan(new TrainingScope(ScopeModes.Device, "LT-2_all", null, "conv-ae", "device/LT-2_all/conv-ae", ["LT-2"]), parameters, data);
        using var thread = new TrainingThread();
        var session = await thread.Run(() => TrainingSession.Start(plan, NewState(parameters, threads, precision, device), null));
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(patches.Path, "init.pth"), TorchFile.Write(await thread.Run(() => ModuleState.Capture(session.Network))), cancellationToken);
            using var peer = new TorchPeer(patches.Path, BatchSize, parameters.LearningRate, threads, device, plan.Architecture.Channels);

            // 2. in turns; the first epochs warm both up, and the first one shows that both do the same
            var (own, other, differences) = (new List<double>(), new List<double>(), new List<double>());
            for (var epoch = 0; epoch < WarmUp + rounds; epoch++)
            {
                var order = plan.Pass(epoch);
                var started = Stopwatch.GetTimestamp();
                await thread.Run(() => session.Train(() => session.State.StepInEpoch == 0));
                var ours = Stopwatch.GetElapsedTime(started).TotalSeconds;
                var (theirs, loss) = peer.Epoch(order);
                differences.Add(Math.Abs(session.State.TrainingLoss!.Value - loss) / loss);
                if (epoch == 0)
                    Agree(precision, session.State.TrainingLoss!.Value, loss, lossTolerance);
                if (epoch < WarmUp)
                    continue;
                own.Add(ours);
                other.Add(theirs);
            }

            Console.Error.WriteLine($"{precision}: relative differences of the losses by epoch: {string.Join(' ', differences.Select(difference => difference.ToString("g2", CultureInfo.InvariantCulture)))}");
            return new Row(
                $"training 256x64x256, batch 32, {precision}, {(device == TrainingDevices.Cuda ? device : $"{threads} threads")}", Median.Of(own), Median.Of(other), "s", Median.Of([.. own.Zip(other, (a, b) => a / b)]),
                limit, Better.Lower);
        }
        finally
        {
            await thread.Run(session.Dispose);
        }
    }

    private static void Agree(string precision, double ours, double theirs, double tolerance)
    {
        var difference = Math.Abs(ours - theirs) / theirs;
        Console.Error.WriteLine($"{precision}: loss of the first epoch {ours:g9}, the peer's {theirs:g9}, relative difference {difference:g2}.");
        if (!(difference <= tolerance))
            throw new InvalidOperationException($"The first epoch's loss is {ours:g9}, PyTorch's {theirs:g9}: they must agree within {tolerance} relative.");
    }

    public static TrainingState NewState(TrainingParameters parameters, int threads, string precision, string device = TrainingDevices.Cpu) => new()
    {
        DatasetManifestSha256 = "",
        Seed = parameters.Seed,
        Threads = threads,
        Device = device,
        Precision = precision,
        LibtorchVersion = TorchSharp.torch.__version__,
        InstructionSet = InstructionSet.Current,
        StartedAt = DateTimeOffset.UnixEpoch,
    };
}
