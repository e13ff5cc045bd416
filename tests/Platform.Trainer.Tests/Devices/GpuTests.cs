using MassTransit;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;
using Platform.Trainer.Slices;
using Platform.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Trainer.Tests.Devices;

/// <summary>What only a machine with a GPU can show; elsewhere these are skipped. They need no servers, since such machines may have none.</summary>
public sealed class GpuTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly IBusControl _bus = Bus.Factory.CreateUsingInMemory(_ => { });

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(cuda.is_available(), "This machine has no GPU that libtorch can use.");
        await _bus.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (cuda.is_available())
            await _bus.StopAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(Precisions.Fp32, 0.02)]
    [InlineData(Precisions.Amp, 0.05)]
    [InlineData(Precisions.Bf16, 0.1)]
    public void A_run_on_the_GPU_learns_what_one_on_the_CPU_learns(string precision, double tolerance)
    {
        var onCpu = Trained(new Compute(TrainingDevices.Cpu, Precisions.Fp32));
        var onGpu = Trained(new Compute(TrainingDevices.Cuda, precision));

        Assert.InRange(onGpu.BestLoss!.Value / onCpu.BestLoss!.Value, 1 - tolerance, 1 + tolerance);
        Assert.Equal(precision == Precisions.Amp, onGpu.GradScaler is not null);
    }

    [Fact]
    public async Task Auto_takes_the_GPU_and_the_package_says_so()
    {
        var completed = await Run("on-gpu", new TrainingParameters { MaxSteps = 60, BatchSize = 16, LearningRate = 3e-3, Precision = Precisions.Amp });

        var metadata = await Metadata("on-gpu");
        Assert.IsType<SliceOutcome.Completed>(completed);
        Assert.Contains("\"device\": \"cuda\"", metadata, StringComparison.Ordinal);
        Assert.Contains("\"precision\": \"amp\"", metadata, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_GPU_that_runs_out_of_memory_hands_the_run_to_the_CPU()
    {
        // Take all but a little of the GPU's memory, so that the first batches do not fit.
        using var hog = empty([cuda.mem_get_info().free / 4 - (8 << 20)], device: CUDA);

        var completed = await Run("exhausted", new TrainingParameters { MaxSteps = 60, BatchSize = 512, LearningRate = 3e-3, Device = TrainingDevices.Cuda }, recordings: 2_000);

        Assert.IsType<SliceOutcome.Completed>(completed);
        Assert.Contains("\"device\": \"cpu\"", await Metadata("exhausted"), StringComparison.Ordinal);
        Assert.Contains("The GPU ran out of memory", await Metadata("exhausted"), StringComparison.Ordinal);
    }

    private async Task<SliceOutcome> Run(string name, TrainingParameters parameters, int recordings = 20)
    {
        var message = await new TestDataset(recordings, ["LT-2"]).Store(_folder.Open(), name, parameters);
        using var worker = new Worker(_folder.Open(), _bus);
        return await worker.Run(message);
    }

    private async Task<string> Metadata(string run) => System.Text.Encoding.UTF8.GetString(
        await _folder.Open().ReadAll($"runs/{run}/metadata.json", TestContext.Current.CancellationToken));

    private static TrainingState Trained(Compute compute)
    {
        var scope = new TrainingScope(ScopeModes.Device, "LT-2_all", null, "conv-ae", "device/LT-2_all/conv-ae", ["LT-2"]);
        var plan = new TrainingPlan(scope, new TrainingParameters { MaxSteps = 100, BatchSize = 16, LearningRate = 3e-3 }, new TestDataset(40, ["LT-2"]).Data);
        using var session = TrainingSession.Start(
            plan,
            new TrainingState
            {
                DatasetManifestSha256 = "", Seed = 3, Threads = 1, LibtorchVersion = "", InstructionSet = "", StartedAt = default,
                Device = compute.Device, Precision = compute.Precision,
            },
            null);
        session.Train(() => false);
        return session.State;
    }
}
