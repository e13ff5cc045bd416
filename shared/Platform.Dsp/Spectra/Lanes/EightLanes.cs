using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Platform.Dsp;

/// <summary>Eight frames: AVX-512.</summary>
internal readonly struct EightLanes(Vector512<double> value) : ILanes<EightLanes>
{
    private readonly Vector512<double> _value = value;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightLanes All(double value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightLanes operator +(EightLanes a, EightLanes b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightLanes operator -(EightLanes a, EightLanes b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightLanes operator *(EightLanes a, EightLanes b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightLanes MultiplyAdd(EightLanes a, EightLanes b, EightLanes c) =>
        new(Vector512.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightLanes MultiplySubtract(EightLanes a, EightLanes b, EightLanes c) =>
        new(Vector512.MultiplyAddEstimate(a._value, b._value, -c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightLanes Sqrt(EightLanes a) => new(Vector512.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (EightLanes, EightLanes) Roots(EightLanes a, EightLanes b)
    {
        var (first, second) = Vector512.Widen(Vector512.Sqrt(Vector512.Narrow(a._value, b._value)));
        return (new(first), new(second));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Narrow(EightLanes a, ref float to) =>
        Vector256.Narrow(a._value.GetLower(), a._value.GetUpper()).StoreUnsafe(ref to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(ref float signal, ReadOnlySpan<int> starts, int at, Vector256<double> weights, ref EightLanes to)
    {
        ref var halves = ref Unsafe.As<EightLanes, Vector256<double>>(ref to);
        Quad.Load(ref signal, starts, at, weights).CopyTo(ref halves, 2);
        Quad.Load(ref signal, starts[4..], at, weights).CopyTo(ref Unsafe.Add(ref halves, 1), 2);
    }
}
