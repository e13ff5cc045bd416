using Platform.Contracts;
using Platform.Trainer.Training;

namespace Platform.Trainer.Tests.Devices;

public sealed class ComputeChoiceTests
{
    private const long Needed = 512L << 20;
    private static readonly Machine Plain = new(Cuda: false, 0, Bf16: true);
    private static readonly Machine WithGpu = new(Cuda: true, Needed, Bf16: true);
    private static readonly Machine WithFullGpu = WithGpu with { FreeGpuBytes = Needed - 1 };

    [Theory]
    [InlineData("auto", "auto", "cpu", "cuda", "cpu")]
    [InlineData("cpu", "auto", "cpu", "cpu", "cpu")]
    [InlineData("cpu", "cuda", "cpu", "cpu", "cpu")]
    [InlineData("cuda", "cpu", "cpu", "cuda", "cuda")]
    [InlineData("auto", "cuda", "cpu", "cuda", "cuda")]
    [InlineData("auto", "cpu", "cpu", "cpu", "cpu")]
    public void A_run_gets_what_it_asks_for_as_far_as_the_machine_has_it(string run, string worker, string onPlain, string onGpu, string onFullGpu)
    {
        Assert.Equal([onPlain, onGpu, onFullGpu], new[] { Plain, WithGpu, WithFullGpu }.Select(machine => Start(run, worker, machine).Compute.Device));
    }

    [Fact]
    public void People_are_told_when_it_is_not_what_was_asked_for()
    {
        Assert.Null(Start("auto", "auto", Plain).Note);
        Assert.Contains("although cuda was asked for", Start("cuda", "auto", Plain).Note, StringComparison.Ordinal);
        Assert.Contains("511 MiB free, 512 are needed", Start("auto", "auto", WithFullGpu).Note, StringComparison.Ordinal);
        Assert.Null(Start("cuda", "auto", WithFullGpu).Note);
    }

    [Theory]
    [InlineData("amp", "cuda", "amp")]
    [InlineData("amp", "cpu", "fp32")]
    [InlineData("bf16", "cuda", "bf16")]
    [InlineData("bf16", "cpu", "bf16")]
    [InlineData("fp32", "cuda", "fp32")]
    public void A_precision_that_the_device_lacks_becomes_full_precision(string asked, string device, string expected)
    {
        var choice = ComputeChoice.ForStart(new TrainingParameters { Device = device, Precision = asked }, "auto", Needed, WithGpu);

        Assert.Equal(new Compute(device, expected), choice.Compute);
        Assert.Equal(asked != expected, choice.Note is not null);
    }

    [Fact]
    public void A_processor_without_the_instructions_trains_in_full_precision()
    {
        var choice = ComputeChoice.ForStart(new TrainingParameters { Precision = Precisions.Bf16 }, "auto", Needed, Plain with { Bf16 = false });

        Assert.Equal(Compute.Cpu, choice.Compute);
        Assert.Contains("AVX-512 BW", choice.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_goes_on_where_it_began()
    {
        Assert.Equal(new ComputeChoice(Compute.Cpu, null), ComputeChoice.ForResume(State("cpu", "fp32"), WithGpu));
        Assert.Equal(new ComputeChoice(new Compute("cuda", "amp"), null), ComputeChoice.ForResume(State("cuda", "amp"), WithFullGpu));
    }

    [Fact]
    public void A_run_from_a_GPU_goes_on_without_one_and_says_so()
    {
        var choice = ComputeChoice.ForResume(State("cuda", "amp"), Plain);

        Assert.Equal(Compute.Cpu, choice.Compute);
        Assert.Contains("from step 70", choice.Note, StringComparison.Ordinal);
        Assert.Contains("not bit-reproducible", choice.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void After_the_GPU_ran_out_of_memory_the_CPU_goes_on_and_says_so()
    {
        var choice = ComputeChoice.AfterOutOfMemory(new Compute("cuda", "bf16"), 40, WithGpu);

        Assert.Equal(new Compute("cpu", "bf16"), choice.Compute);
        Assert.Contains("ran out of memory: went on on the CPU from step 40", choice.Note, StringComparison.Ordinal);
    }

    private static ComputeChoice Start(string run, string worker, Machine machine) =>
        ComputeChoice.ForStart(new TrainingParameters { Device = run }, worker, Needed, machine);

    private static TrainingState State(string device, string precision) => new()
    {
        DatasetManifestSha256 = "", Seed = 0, Threads = 1, LibtorchVersion = "", InstructionSet = "", StartedAt = default, Device = device, Precision = precision, Step = 70,
    };
}
