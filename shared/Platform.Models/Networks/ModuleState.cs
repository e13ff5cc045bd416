using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Models;

/// <summary>Moves a network's parameters and running statistics to and from state dicts.</summary>
public static class ModuleState
{
    private static readonly (ScalarType Scalar, TensorType Type)[] Types =
    [
        (ScalarType.Float32, TensorType.Float32),
        (ScalarType.Int64, TensorType.Int64),
    ];

    /// <summary>A copy of every parameter and buffer, in the network's order.</summary>
    public static IReadOnlyList<KeyValuePair<string, StateTensor>> Capture(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        return [.. module.state_dict().Select(pair => KeyValuePair.Create(pair.Key, ToState(pair.Value)))];
    }

    /// <summary>Copies the tensors into the network, which must have exactly these names, types and shapes.</summary>
    /// <exception cref="InvalidDataException">The state dict is of another network, or holds a value that is not finite.</exception>
    public static void Restore(nn.Module module, IReadOnlyList<KeyValuePair<string, StateTensor>> tensors)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(tensors);
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var targets = module.state_dict();
        Check(targets, tensors);
        foreach (var (name, tensor) in tensors)
        {
            var target = targets[name];
            if (target.device_type == DeviceType.CPU && target.is_contiguous())
                tensor.Data.Span.CopyTo(target.bytes);
            else
                target.copy_(ToTensor(tensor));
        }
    }

    /// <summary>The tensor's elements as libtorch's tensor on the CPU.</summary>
    public static Tensor ToTensor(StateTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var target = zeros([.. tensor.Shape], dtype: ScalarOf(tensor.Type));
        tensor.Data.Span.CopyTo(target.bytes);
        return target;
    }

    /// <summary>A copy of the tensor's elements.</summary>
    public static StateTensor ToState(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using var contiguous = tensor.detach().cpu().contiguous();
        foreach (var (scalar, type) in Types)
        {
            if (scalar == tensor.dtype)
                return new StateTensor(type, tensor.shape, contiguous.bytes.ToArray());
        }

        throw new ArgumentException($"Tensors of {tensor.dtype} are not part of the platform's networks.", nameof(tensor));
    }

    private static ScalarType ScalarOf(TensorType type)
    {
        foreach (var (scalar, known) in Types)
        {
            if (known == type)
                return scalar;
        }

        throw new InvalidDataException($"Tensors of {type} are not part of the platform's networks.");
    }

    private static void Check(Dictionary<string, Tensor> targets, IReadOnlyList<KeyValuePair<string, StateTensor>> tensors)
    {
        var given = tensors.Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
        var missing = targets.Keys.Where(name => !given.Contains(name)).ToList();
        if (missing.Count > 0)
            throw new InvalidDataException($"The state dict lacks {string.Join(", ", missing)}.");

        foreach (var (name, tensor) in tensors)
        {
            if (!targets.TryGetValue(name, out var target))
                throw new InvalidDataException($"The state dict holds '{name}', which the network does not have.");
            if (!target.shape.SequenceEqual(tensor.Shape))
                throw new InvalidDataException($"'{name}' has shape [{string.Join(", ", tensor.Shape)}], the network needs [{string.Join(", ", target.shape)}].");
            if (ScalarOf(tensor.Type) != target.dtype)
                throw new InvalidDataException($"'{name}' holds {tensor.Type}, the network needs {target.dtype}.");
            if (tensor.Type == TensorType.Float32 && !AreFinite(MemoryMarshal.Cast<byte, float>(tensor.Data.Span)))
                throw new InvalidDataException($"'{name}' holds a value that is not finite.");
        }
    }

    private static bool AreFinite(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
                return false;
        }

        return true;
    }
}
