namespace Platform.Models;

/// <summary>
/// Interprets the pickle opcodes that <c>torch.save</c> uses for containers of tensors. Calls go to
/// <paramref name="construct"/>, which decides by name and refuses what it does not know.
/// </summary>
internal sealed class PickleMachine(Func<string, object?[], object?> construct)
{
    private static readonly object Mark = new();
    private readonly List<object?> _stack = [];
    private readonly Dictionary<int, object?> _memo = [];

    /// <summary>A class or function by <c>module name</c>; never looked up, only compared.</summary>
    internal sealed record Global(string Name);

    /// <summary>The tuple of a persistent id: what a storage is stored under.</summary>
    internal sealed record PersistentId(object?[] Parts);

    internal object? Run(ReadOnlySpan<byte> pickle)
    {
        var cursor = new PickleCursor(pickle);
        while (true)
        {
            var at = cursor.Position;
            var opcode = cursor.Byte();
            if (opcode == '.')
                return _stack.Count == 1 ? Pop() : throw new InvalidDataException($"The pickle leaves {_stack.Count} values at its end.");
            if (!Scalar(opcode, ref cursor) && !Memo(opcode, ref cursor) && !Container(opcode) && !Call(opcode, ref cursor))
                throw new InvalidDataException($"Pickle opcode 0x{opcode:x2} at byte {at} is not used by torch.save's default protocol 2.");
        }
    }

    private bool Scalar(byte opcode, ref PickleCursor cursor)
    {
        switch (opcode)
        {
            case 0x80: // PROTO
                var protocol = cursor.Byte();
                if (protocol != 2)
                    throw new InvalidDataException($"Pickle protocol {protocol}; torch.save's default, 2, is read.");
                return true;
            case (byte)'N': _stack.Add(null); return true;
            case 0x88: _stack.Add(true); return true;
            case 0x89: _stack.Add(false); return true;
            case (byte)'K': _stack.Add((long)cursor.Byte()); return true;
            case (byte)'M': _stack.Add((long)cursor.UInt16()); return true;
            case (byte)'J': _stack.Add((long)cursor.Int32()); return true;
            case 0x8a: _stack.Add(cursor.Long(cursor.Byte())); return true;
            case (byte)'G': _stack.Add(cursor.Double()); return true;
            case (byte)'X': _stack.Add(cursor.Text(cursor.Int32())); return true;
            default: return false;
        }
    }

    private bool Memo(byte opcode, ref PickleCursor cursor)
    {
        switch (opcode)
        {
            case (byte)'q': _memo[cursor.Byte()] = Top(); return true;
            case (byte)'r': _memo[cursor.Int32()] = Top(); return true;
            case (byte)'h': _stack.Add(Recall(cursor.Byte())); return true;
            case (byte)'j': _stack.Add(Recall(cursor.Int32())); return true;
            default: return false;
        }
    }

    private bool Container(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'(': _stack.Add(Mark); return true;
            case (byte)'}': _stack.Add(new PickleDict()); return true;
            case (byte)']': _stack.Add(new List<object?>()); return true;
            case (byte)')': _stack.Add(Array.Empty<object?>()); return true;
            case (byte)'t': _stack.Add(PopToMark()); return true;
            case 0x85: _stack.Add(PopMany(1)); return true;
            case 0x86: _stack.Add(PopMany(2)); return true;
            case 0x87: _stack.Add(PopMany(3)); return true;
            case (byte)'a': Append([Pop()]); return true;
            case (byte)'e': Append(PopToMark()); return true;
            case (byte)'s': SetItems(PopMany(2)); return true;
            case (byte)'u': SetItems(PopToMark()); return true;
            default: return false;
        }
    }

    private bool Call(byte opcode, ref PickleCursor cursor)
    {
        switch (opcode)
        {
            case (byte)'c': _stack.Add(new Global(cursor.Line() + "." + cursor.Line())); return true;
            case (byte)'Q': _stack.Add(new PersistentId(Pop<object?[]>())); return true;
            case (byte)'R':
                var arguments = Pop<object?[]>();
                _stack.Add(construct(Pop<Global>().Name, arguments));
                return true;
            case (byte)'b':
                // The attributes of a module's OrderedDict (_metadata): versions of its layers, nothing that weights need.
                Pop();
                if (Top() is not PickleDict)
                    throw new InvalidDataException("The pickle sets attributes of something other than a dict.");
                return true;
            default: return false;
        }
    }

    private void Append(object?[] values)
    {
        var list = Top() as List<object?> ?? throw new InvalidDataException("The pickle appends to something other than a list.");
        list.AddRange(values);
    }

    private void SetItems(object?[] items)
    {
        var dict = Top() as PickleDict ?? throw new InvalidDataException("The pickle sets items of something other than a dict.");
        if (items.Length % 2 != 0)
            throw new InvalidDataException("The pickle sets a key without a value.");
        for (var i = 0; i < items.Length; i += 2)
            dict.Items.Add(new(items[i], items[i + 1]));
    }

    private object? Recall(int key) =>
        _memo.TryGetValue(key, out var value) ? value : throw new InvalidDataException($"The pickle recalls {key}, which it never stored.");

    private object? Top() => _stack.Count > 0 ? _stack[^1] : throw Underflow();

    private object? Pop()
    {
        var value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private T Pop<T>() where T : class =>
        Pop() as T ?? throw new InvalidDataException($"The pickle lacks the {typeof(T).Name} that an opcode needs.");

    private object?[] PopMany(int count)
    {
        if (_stack.Count < count)
            throw Underflow();
        var values = _stack[^count..].ToArray();
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark()
    {
        var mark = _stack.LastIndexOf(Mark);
        if (mark < 0)
            throw Underflow();
        var values = _stack[(mark + 1)..].ToArray();
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private static InvalidDataException Underflow() => new("The pickle takes a value from an empty stack.");
}

/// <summary>A dict or OrderedDict of a pickle, in its order; keys need not be hashable here.</summary>
internal sealed class PickleDict
{
    internal List<KeyValuePair<object?, object?>> Items { get; } = [];
}
