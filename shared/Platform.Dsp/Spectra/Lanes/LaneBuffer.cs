using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Platform.Dsp;

/// <summary>Vectors of lanes, each within one cache line.</summary>
/// <remarks>The garbage collector aligns arrays to 8 bytes only, and a vector across two cache lines costs two accesses.</remarks>
internal sealed class LaneBuffer<TLanes> where TLanes : struct, ILanes<TLanes>
{
    private const int CacheLine = 64;

    private readonly double[] _values;
    private readonly int _first;

    internal LaneBuffer(int vectors)
    {
        Length = vectors;
        _values = GC.AllocateArray<double>(TLanes.Count * vectors + CacheLine / sizeof(double), pinned: true);
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(_values, 0);
        _first = (int)((CacheLine - address % CacheLine) % CacheLine / sizeof(double));
    }

    internal int Length { get; }

    internal ref TLanes Start => ref Unsafe.As<double, TLanes>(ref _values[_first]);

    internal Span<TLanes> Span => MemoryMarshal.CreateSpan(ref Start, Length);
}
