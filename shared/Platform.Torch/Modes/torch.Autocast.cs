using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Autocast belongs to the calling thread.

    public static bool is_autocast_available(DeviceType device) => device is DeviceType.CPU or DeviceType.CUDA;

    public static bool is_autocast_enabled(DeviceType device)
    {
        Native.Check(Native.pt_autocast_enabled((int)device, -1, out var enabled));
        return enabled != 0;
    }

    public static void set_autocast_enabled(DeviceType device, bool enabled) =>
        Native.Check(Native.pt_autocast_enabled((int)device, enabled ? 1 : 0, out _));

    public static ScalarType get_autocast_dtype(DeviceType device)
    {
        Native.Check(Native.pt_autocast_dtype((int)device, -1, out var dtype));
        return (ScalarType)dtype;
    }

    public static void set_autocast_dtype(DeviceType device, ScalarType dtype) =>
        Native.Check(Native.pt_autocast_dtype((int)device, (int)dtype, out _));

    public static bool is_autocast_cache_enabled()
    {
        Native.Check(Native.pt_autocast_cache(-1, out var enabled));
        return enabled != 0;
    }

    public static void set_autocast_cache_enabled(bool enabled) => Native.Check(Native.pt_autocast_cache(enabled ? 1 : 0, out _));

    public static int autocast_increment_nesting()
    {
        Native.Check(Native.pt_autocast_nesting(1, out var level));
        return level;
    }

    public static int autocast_decrement_nesting()
    {
        Native.Check(Native.pt_autocast_nesting(-1, out var level));
        return level;
    }

    public static void clear_autocast_cache() => Native.Check(Native.pt_autocast_clear_cache());
}
