using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

// The structs and the order of the enumerations are those of native/platform_torch.h.

[StructLayout(LayoutKind.Sequential)]
internal struct NativeScalar
{
    public double Real;
    public long Integer;
    public long Kind;
}

[StructLayout(LayoutKind.Sequential)]
internal struct TensorSpec
{
    public int DType;
    public int DeviceType;
    public int DeviceIndex;
    public int RequiresGrad;
}

[StructLayout(LayoutKind.Sequential)]
internal struct NativeIndex
{
    public long Kind;
    public long Flags;
    public long Start;
    public long Stop;
    public long Step;
    public nint Tensor;
}

[StructLayout(LayoutKind.Sequential)]
internal struct AdamStepOptions
{
    public double LearningRate;
    public double Beta1;
    public double Beta2;
    public double Eps;
    public double WeightDecay;
    public long Maximize;
}

internal enum ErrorKind { Other, OutOfMemory }

internal enum NewKind { Empty, Zeros, Ones, Rand, Randn }

internal enum UnaryOp
{
    Clone, Detach, Neg, Abs, Square, Sqrt, Rsqrt, Exp, Expm1, Log, Log2, Log10, Log1p, Sigmoid, Relu, Tanh, Sin, Cos, Floor, Ceil,
    Round, Sign, Reciprocal, IsNan, IsInf, IsFinite, LogicalNot, T, Nonzero, Min, Max, Median, Erf,
}

internal enum UnaryInplaceOp { Zero, Neg, Abs, Square, Sqrt, Rsqrt, Exp, Log, Sigmoid, Relu, Tanh, Floor, Ceil, Round, Reciprocal, Detach }

internal enum BinaryOp
{
    Mul, Div, Pow, Maximum, Minimum, Eq, Ne, Lt, Le, Gt, Ge, Matmul, Mm, Bmm, Dot, LogicalAnd, LogicalOr, LogicalXor, Remainder, MaskedSelect,
}

internal enum BinaryScalarOp { Mul, Div, Pow, Eq, Ne, Lt, Le, Gt, Ge, Remainder }

internal enum BinaryInplaceOp { Mul, Div, Pow }

internal enum ReduceOp { Sum, Mean, AMin, AMax }
