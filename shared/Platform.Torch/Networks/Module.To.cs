using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking) => Moved(device, dtype, non_blocking);

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) =>
                Moved(new Device(deviceType, deviceIndex), null, non_blocking);

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking) => Moved(null, dtype, non_blocking);

            private Module Moved(Device? device, ScalarType? dtype, bool nonBlocking)
            {
                if (dtype is { } type && !is_floating_point(type) && !is_complex(type))
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={type}");
                if (device?.type == DeviceType.CUDA && !cuda.is_available())
                    throw new InvalidOperationException("CUDA is not available.");

                using var _ = no_grad();
                for (var i = 0; i < ownParameters.Count; i++)
                {
                    var (name, old) = ownParameters[i];
                    if (!old.WillChange(Target(old, dtype), device))
                        continue;
                    var moved = new Parameter(Copy(old, device, dtype, nonBlocking), old.requires_grad);
                    using var gradient = old.grad;
                    if (gradient is not null)
                    {
                        using var movedGradient = Copy(gradient, device, dtype, nonBlocking);
                        moved.grad = movedGradient;
                    }

                    moved.DetachFromDisposeScope();
                    ownParameters[i] = (name, moved);
                    Replace(old, moved);
                }

                for (var i = 0; i < ownBuffers.Count; i++)
                {
                    var (name, old, persistent) = ownBuffers[i];
                    if (!old.WillChange(Target(old, dtype), device))
                        continue;
                    var moved = Copy(old, device, dtype, nonBlocking).DetachFromDisposeScope();
                    ownBuffers[i] = (name, moved, persistent);
                    Replace(old, moved);
                }

                foreach (var (_, child) in submodules)
                    child.Moved(device, dtype, nonBlocking);
                return this;
            }

            // Counters and masks keep their type.
            private static ScalarType? Target(Tensor tensor, ScalarType? dtype) => tensor.is_floating_point() || tensor.is_complex() ? dtype : null;

            private static Tensor Copy(Tensor tensor, Device? device, ScalarType? dtype, bool nonBlocking) =>
                tensor.to(Target(tensor, dtype) ?? tensor.dtype, device ?? tensor.device, non_blocking: nonBlocking);

            // Whatever field of this object held the old tensor holds the new one.
            private void Replace(Tensor old, Tensor moved)
            {
                for (var type = GetType(); type != typeof(Module) && type is not null; type = type.BaseType)
                    foreach (var field in type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly))
                        if (ReferenceEquals(field.GetValue(this), old))
                            field.SetValue(this, moved);
                old.Dispose();
            }
        }
    }
}

/// <summary>Moving and converting modules, keeping their type.</summary>
public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(type, non_blocking);

    public static T to<T>(this T module, torch.Device device, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(device, type, non_blocking);

    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(deviceType, deviceIndex, non_blocking);

    public static T to<T>(this T module, torch.Device device, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(device.type, device.index, non_blocking);

    public static T to<T>(this T module, string device, bool non_blocking = false) where T : torch.nn.Module =>
        module.to(new torch.Device(device), non_blocking);

    public static T to<T>(this T module, torch.Tensor other, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(other.device, other.dtype, non_blocking);

    public static T cpu<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => (T)module._to(DeviceType.CPU, -1, non_blocking);

    public static T cuda<T>(this T module, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module =>
        (T)module._to(DeviceType.CUDA, deviceIndex, non_blocking);

    public static T @float<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => module.to(torch.ScalarType.Float32, non_blocking);

    public static T @double<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => module.to(torch.ScalarType.Float64, non_blocking);

    public static T half<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => module.to(torch.ScalarType.Float16, non_blocking);

    public static T bfloat16<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => module.to(torch.ScalarType.BFloat16, non_blocking);
}
