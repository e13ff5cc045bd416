using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Platform.Dsp;

/// <summary>Vectors of four doubles, one per frame, each within one cache line.</summary>
/// <remarks>The garbage collector aligns arrays to 8 bytes only, and a vector across two cache lines costs two accesses.</remarks>
internal sealed class LaneBuffer
{
    private const int CacheLine = 64;

    private readonly double[] _values;
    private readonly int _first;

    internal LaneBuffer(int vectors)
    {
        Length = vectors;
        _values = GC.AllocateArray<double>(Vector256<double>.Count * vectors + CacheLine / sizeof(double), pinned: true);
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(_values, 0);
        _first = (int)((CacheLine - address % CacheLine) % CacheLine / sizeof(double));
    }

    internal int Length { get; }

    internal ref Vector256<double> Start => ref Unsafe.As<double, Vector256<double>>(ref _values[_first]);

    internal Span<Vector256<double>> Span => MemoryMarshal.CreateSpan(ref Start, Length);
}
