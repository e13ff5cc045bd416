namespace Platform.Dsp;

/// <summary>The last stretch of a signal that is read block by block: what was let go of is overwritten when room is needed.</summary>
internal sealed class SampleWindow(int capacity)
{
    private readonly float[] _samples = new float[capacity];
    private int _count;

    /// <summary>Index in the signal of the first sample that is still here.</summary>
    internal long Start { get; private set; }

    /// <summary>Samples of the signal so far.</summary>
    internal long End => Start + _count;

    internal ReadOnlySpan<float> Samples => _samples.AsSpan(0, _count);

    /// <summary>Samples <paramref name="from"/> … of the signal, which must still be here.</summary>
    internal ReadOnlySpan<float> Slice(long from, int length) => _samples.AsSpan((int)(from - Start), length);

    internal void Reset() => (Start, _count) = (0, 0);

    /// <summary>Room for what comes next, after everything before <paramref name="keepFrom"/> was let go of if need be.</summary>
    internal Span<float> Room(long keepFrom, int least)
    {
        if (_samples.Length - _count < least)
        {
            var drop = (int)Math.Min(keepFrom - Start, _count);
            _samples.AsSpan(drop, _count - drop).CopyTo(_samples);
            (Start, _count) = (Start + drop, _count - drop);
        }

        return _samples.AsSpan(_count);
    }

    internal void Add(int count) => _count += count;
}
