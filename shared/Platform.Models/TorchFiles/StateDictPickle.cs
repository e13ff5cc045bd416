namespace Platform.Models;

/// <summary>The pickle of a state dict: names, shapes and the keys of storages; the numbers lie beside it.</summary>
internal static class StateDictPickle
{
    private static readonly Dictionary<string, TensorType> Storages = new(StringComparer.Ordinal)
    {
        ["torch.FloatStorage"] = TensorType.Float32,
        ["torch.DoubleStorage"] = TensorType.Float64,
        ["torch.HalfStorage"] = TensorType.Float16,
        ["torch.BFloat16Storage"] = TensorType.BFloat16,
        ["torch.LongStorage"] = TensorType.Int64,
        ["torch.IntStorage"] = TensorType.Int32,
        ["torch.ShortStorage"] = TensorType.Int16,
        ["torch.CharStorage"] = TensorType.Int8,
        ["torch.ByteStorage"] = TensorType.UInt8,
        ["torch.BoolStorage"] = TensorType.Bool,
    };

    internal static byte[] Write(IReadOnlyList<KeyValuePair<string, StateTensor>> tensors)
    {
        using var pickle = new PickleWriter();
        pickle.Op(0x80, 2, (byte)'}', (byte)'(');
        for (var i = 0; i < tensors.Count; i++)
        {
            var (name, tensor) = tensors[i];
            var elements = tensor.Data.Length / StateTensor.SizeOf(tensor.Type);
            var storage = Storages.Single(pair => pair.Value == tensor.Type).Key;
            pickle.Text(name);
            pickle.Global("torch._utils", "_rebuild_tensor_v2");
            pickle.Op((byte)'(', (byte)'(');
            pickle.Text("storage");
            pickle.Global("torch", storage["torch.".Length..]);
            pickle.Text($"{i}");
            pickle.Text("cpu");
            pickle.Integer(elements);
            pickle.Op((byte)'t', (byte)'Q');
            pickle.Integer(0); // offset
            pickle.Tuple(tensor.Shape);
            pickle.Tuple(Contiguous(tensor.Shape));
            pickle.Op(0x89); // requires_grad: false
            pickle.Global("collections", "OrderedDict"); // backward hooks: none
            pickle.Op((byte)')', (byte)'R', (byte)'t', (byte)'R');
        }

        pickle.Op((byte)'u', (byte)'.');
        return pickle.ToArray();
    }

    internal static IReadOnlyList<KeyValuePair<string, StateTensor>> Read(byte[] pickle, TorchStorages storages)
    {
        var machine = new PickleMachine((global, arguments) => global switch
        {
            "collections.OrderedDict" when arguments.Length == 0 => new PickleDict(),
            "torch._utils._rebuild_tensor_v2" => Rebuild(arguments, storages),
            "torch._utils._rebuild_parameter" when arguments is [StateTensor tensor, ..] => tensor,
            _ => throw new InvalidDataException($"The file calls '{global}', which a plain state dict does not: refused."),
        });

        var root = machine.Run(pickle) as PickleDict
            ?? throw new InvalidDataException("The file holds no state dict: save model.state_dict(), not the model.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        return root.Items.ConvertAll(item => (item.Key, item.Value) switch
        {
            (string name, StateTensor tensor) when names.Add(name) => KeyValuePair.Create(name, tensor),
            (string name, StateTensor) => throw new InvalidDataException($"The state dict names '{name}' twice."),
            _ => throw new InvalidDataException($"The state dict's entry '{item.Key}' is not a named tensor."),
        });
    }

    // _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks): copies a strided view to contiguous bytes.
    private static StateTensor Rebuild(object?[] arguments, TorchStorages storages)
    {
        if (arguments is not [PickleMachine.PersistentId { Parts: ["storage", PickleMachine.Global global, string key, _, ..] }, long offset,
            object?[] sizes, object?[] strides, ..] || sizes.Length != strides.Length || sizes.Length > 8)
        {
            throw new InvalidDataException("The file describes a tensor in an unknown way.");
        }

        if (!Storages.TryGetValue(global.Name, out var type))
            throw new InvalidDataException($"The file holds a storage of type '{global.Name}', which is not known.");
        var shape = Array.ConvertAll(sizes, Length);
        var stride = Array.ConvertAll(strides, Length);
        var storage = storages.Storage(key);
        var size = StateTensor.SizeOf(type);
        var (elements, last) = Extent(offset, shape, stride, key);
        if (elements > 0 && last >= storage.Length / size)
            throw new InvalidDataException($"A tensor reaches element {last} of the storage '{key}', which has {storage.Length / size}.");

        storages.Reserve(elements * size);
        var data = new byte[elements * size];
        if (elements > 0 && stride.SequenceEqual(Contiguous(shape)))
            storage.AsSpan((int)offset * size, data.Length).CopyTo(data);
        else
            CopyStrided(storage, data, size, offset, shape, stride);
        return new StateTensor(type, shape, data);
    }

    private static (long Elements, long Last) Extent(long offset, long[] shape, long[] stride, string key)
    {
        var (elements, last) = (1L, offset);
        try
        {
            for (var i = 0; i < shape.Length; i++)
                (elements, last) = checked((elements * shape[i], last + (Math.Max(shape[i], 1) - 1) * stride[i]));
        }
        catch (OverflowException exception)
        {
            throw new InvalidDataException($"A tensor of the storage '{key}' has an impossible shape.", exception);
        }

        return offset < 0 || elements > TorchFile.MaxBytes
            ? throw new InvalidDataException($"A tensor of the storage '{key}' has offset {offset} and {elements} elements.")
            : (elements, last);
    }

    private static void CopyStrided(byte[] storage, Span<byte> data, int size, long offset, long[] shape, long[] stride)
    {
        var index = new long[shape.Length];
        for (var at = 0; at < data.Length; at += size)
        {
            var source = offset;
            for (var i = 0; i < index.Length; i++)
                source += index[i] * stride[i];
            storage.AsSpan((int)(source * size), size).CopyTo(data[at..]);
            for (var i = index.Length - 1; i >= 0 && ++index[i] == shape[i]; i--)
                index[i] = 0;
        }
    }

    private static long[] Contiguous(IReadOnlyList<long> shape)
    {
        var stride = new long[shape.Count];
        for (var (i, next) = (stride.Length - 1, 1L); i >= 0; next *= Math.Max(shape[i], 1), i--)
            stride[i] = next;
        return stride;
    }

    private static long Length(object? value) =>
        value is long and >= 0 ? (long)value : throw new InvalidDataException($"The file gives '{value}' as a tensor's size or stride.");
}
