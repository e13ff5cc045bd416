using Platform.Contracts;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Trainer.Training;

/// <summary>What a run computes on and in which precision.</summary>
/// <param name="Device">See <see cref="TrainingDevices"/>; never <c>auto</c>.</param>
/// <param name="Precision">See <see cref="Precisions"/>.</param>
internal sealed record Compute(string Device, string Precision)
{
    internal static Compute Cpu { get; } = new(TrainingDevices.Cpu, Precisions.Fp32);

    internal bool OnGpu => Device == TrainingDevices.Cuda;

    internal Device TorchDevice => OnGpu ? CUDA : CPU;

    /// <summary>Half precision has too small a range for gradients; bfloat16 has that of float32.</summary>
    internal bool ScalesLoss => Precision == Precisions.Amp;

    /// <summary>Until it is disposed, this thread's forward passes run in the precision; null for full precision.</summary>
    internal IDisposable? Autocast() => Precision switch
    {
        Precisions.Amp => new Autocast(TorchDevice.type, ScalarType.Float16),
        Precisions.Bf16 => new Autocast(TorchDevice.type, ScalarType.BFloat16),
        _ => null,
    };

    public override string ToString() => $"{Device} {Precision}";
}
