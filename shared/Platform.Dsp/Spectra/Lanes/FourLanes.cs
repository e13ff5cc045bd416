using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Platform.Dsp;

/// <summary>Four frames: AVX and everything without vectors as wide.</summary>
internal readonly struct FourLanes(Vector256<double> value) : ILanes<FourLanes>
{
    private readonly Vector256<double> _value = value;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes All(double value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes operator +(FourLanes a, FourLanes b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes operator -(FourLanes a, FourLanes b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes operator *(FourLanes a, FourLanes b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes MultiplyAdd(FourLanes a, FourLanes b, FourLanes c) =>
        new(Vector256.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes MultiplySubtract(FourLanes a, FourLanes b, FourLanes c) =>
        new(Vector256.MultiplyAddEstimate(a._value, b._value, -c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes Sqrt(FourLanes a) => new(Vector256.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (FourLanes, FourLanes) Roots(FourLanes a, FourLanes b)
    {
        var (first, second) = Vector256.Widen(Vector256.Sqrt(Vector256.Narrow(a._value, b._value)));
        return (new(first), new(second));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Narrow(FourLanes a, ref float to) =>
        Vector128.Narrow(a._value.GetLower(), a._value.GetUpper()).StoreUnsafe(ref to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(ref float signal, ReadOnlySpan<int> starts, int at, Vector256<double> weights, ref FourLanes to) =>
        Quad.Load(ref signal, starts, at, weights).CopyTo(ref Unsafe.As<FourLanes, Vector256<double>>(ref to), 1);
}
