using System.Runtime.Intrinsics;

namespace Platform.Dsp;

/// <summary>One double of each of several frames. The kernel is written once and compiled for each width.</summary>
internal interface ILanes<TSelf> where TSelf : struct, ILanes<TSelf>
{
    /// <summary>Frames.</summary>
    static abstract int Count { get; }

    static abstract TSelf All(double value);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    /// <summary>a·b + c, rounded once where the processor can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>a·b − c, likewise.</summary>
    static abstract TSelf MultiplySubtract(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Sqrt(TSelf a);

    /// <summary>Square roots in float32 of two, widened again.</summary>
    static abstract (TSelf, TSelf) Roots(TSelf a, TSelf b);

    /// <summary>Rounds each lane to float32.</summary>
    static abstract void Narrow(TSelf a, ref float to);

    /// <summary>Samples at … at + 3 of each frame times weights: four vectors, one per sample.</summary>
    static abstract void Load(ref float signal, ReadOnlySpan<int> starts, int at, Vector256<double> weights, ref TSelf to);
}
