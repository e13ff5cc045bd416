using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Trainer.Training;

/// <summary>
/// libtorch's automatic mixed precision on this thread: convolutions run in the narrow type, what needs range (losses, normalisation)
/// in float32. For forward passes only; backward follows the types that forward used.
/// </summary>
internal sealed class Autocast : IDisposable
{
    private readonly DeviceType _device;
    private readonly bool _enabledBefore;
    private readonly ScalarType _dtypeBefore;

    internal Autocast(DeviceType device, ScalarType dtype)
    {
        (_device, _enabledBefore, _dtypeBefore) = (device, is_autocast_enabled(device), get_autocast_dtype(device));
        set_autocast_dtype(device, dtype);
        set_autocast_enabled(device, true);
        autocast_increment_nesting();
    }

    public void Dispose()
    {
        // Narrow copies of the weights are kept for the duration of a forward pass; afterwards the optimiser changes them.
        if (autocast_decrement_nesting() == 0)
            clear_autocast_cache();
        set_autocast_enabled(_device, _enabledBefore);
        set_autocast_dtype(_device, _dtypeBefore);
    }
}
