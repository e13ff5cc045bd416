using Platform.Contracts;

namespace Platform.Trainer.Training;

/// <summary>Where a run computes: what it asks for, as far as the machine has it.</summary>
/// <param name="Note">For people, when it is something else than was asked for; otherwise null.</param>
internal sealed record ComputeChoice(Compute Compute, string? Note)
{
    /// <param name="workersDevice">What the worker takes when the run leaves it open.</param>
    /// <param name="minGpuBytes">Free memory without which <c>auto</c> leaves a GPU alone.</param>
    internal static ComputeChoice ForStart(TrainingParameters run, string workersDevice, long minGpuBytes, Machine machine)
    {
        var asked = run.Device == TrainingDevices.Auto ? workersDevice : run.Device;
        var (device, note) = asked switch
        {
            TrainingDevices.Cpu => (TrainingDevices.Cpu, null),
            TrainingDevices.Cuda when machine.Cuda => (TrainingDevices.Cuda, null),
            TrainingDevices.Cuda => (TrainingDevices.Cpu, "Trained on the CPU although cuda was asked for: this machine has no usable GPU."),
            _ when !machine.Cuda => (TrainingDevices.Cpu, (string?)null),
            _ when machine.FreeGpuBytes < minGpuBytes => (
                TrainingDevices.Cpu,
                $"Trained on the CPU: the GPU had {machine.FreeGpuBytes >> 20} MiB free, {minGpuBytes >> 20} are needed."),
            _ => (TrainingDevices.Cuda, null),
        };
        return InPrecision(device, run.Precision, note, machine);
    }

    /// <summary>A run goes on as it began, since another device or precision rounds otherwise; only what is missing is replaced.</summary>
    internal static ComputeChoice ForResume(TrainingState state, Machine machine)
    {
        var before = new Compute(state.Device, state.Precision);
        return before.OnGpu && !machine.Cuda
            ? InPrecision(
                TrainingDevices.Cpu, state.Precision,
                $"Went on on the CPU from step {state.Step}, since the worker had no usable GPU; not bit-reproducible.", machine)
            : InPrecision(state.Device, state.Precision, null, machine);
    }

    /// <summary>After the GPU's memory was exhausted.</summary>
    internal static ComputeChoice AfterOutOfMemory(Compute before, int step, Machine machine) => InPrecision(
        TrainingDevices.Cpu, before.Precision, $"The GPU ran out of memory: went on on the CPU from step {step}; not bit-reproducible.", machine);

    private static ComputeChoice InPrecision(string device, string precision, string? note, Machine machine)
    {
        var lacking = precision switch
        {
            Precisions.Amp when device == TrainingDevices.Cpu => $"Precision {Precisions.Amp} needs a GPU: trained in {Precisions.Fp32}.",
            Precisions.Bf16 when device == TrainingDevices.Cpu && !machine.Bf16 =>
                $"Precision {Precisions.Bf16} needs a CPU with AVX-512 BW: trained in {Precisions.Fp32}.",
            _ => null,
        };
        return lacking is null
            ? new ComputeChoice(new Compute(device, precision), note)
            : new ComputeChoice(new Compute(device, Precisions.Fp32), note is null ? lacking : $"{note} {lacking}");
    }
}
