using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>A number that takes part in an operation with a tensor without deciding the result's element type.</summary>
public sealed class Scalar : IDisposable
{
    internal readonly NativeScalar Value;

    private Scalar(NativeScalar value, torch.ScalarType type)
    {
        Value = value;
        Type = type;
    }

    public torch.ScalarType Type { get; }

    private static Scalar Integer(long value, torch.ScalarType type) => new(new NativeScalar { Kind = 1, Integer = value, Real = value }, type);

    private static Scalar Real(double value, torch.ScalarType type) => new(new NativeScalar { Kind = 2, Real = value }, type);

    public static implicit operator Scalar(byte value) => Integer(value, torch.ScalarType.Byte);

    public static implicit operator Scalar(sbyte value) => Integer(value, torch.ScalarType.Int8);

    public static implicit operator Scalar(short value) => Integer(value, torch.ScalarType.Int16);

    public static implicit operator Scalar(int value) => Integer(value, torch.ScalarType.Int32);

    public static implicit operator Scalar(long value) => Integer(value, torch.ScalarType.Int64);

    public static implicit operator Scalar(float value) => Real(value, torch.ScalarType.Float32);

    public static implicit operator Scalar(double value) => Real(value, torch.ScalarType.Float64);

    public static implicit operator Scalar(bool value) =>
        new(new NativeScalar { Kind = 3, Integer = value ? 1 : 0, Real = value ? 1 : 0 }, torch.ScalarType.Bool);

    internal double AsDouble => Value.Kind == 2 ? Value.Real : Value.Integer;

    internal long AsLong => Value.Kind == 2 ? (long)Value.Real : Value.Integer;

    /// <summary>Nothing to release here; TorchSharp's scalars own native memory and are disposable.</summary>
    public void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>Conversions between scalars and .NET numbers.</summary>
public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => value;

    public static Scalar ToScalar(this sbyte value) => value;

    public static Scalar ToScalar(this short value) => value;

    public static Scalar ToScalar(this int value) => value;

    public static Scalar ToScalar(this long value) => value;

    public static Scalar ToScalar(this float value) => value;

    public static Scalar ToScalar(this double value) => value;

    public static Scalar ToScalar(this bool value) => value;

    public static float ToSingle(this Scalar value) => (float)Checked(value).AsDouble;

    public static double ToDouble(this Scalar value) => Checked(value).AsDouble;

    public static int ToInt32(this Scalar value) => (int)Checked(value).AsLong;

    public static long ToInt64(this Scalar value) => Checked(value).AsLong;

    public static bool ToBoolean(this Scalar value) => Checked(value).AsDouble != 0;

    private static Scalar Checked(Scalar value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value;
    }
}
