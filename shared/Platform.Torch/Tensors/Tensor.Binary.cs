using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor mul(Tensor target) => Binary(BinaryOp.Mul, target);

        public Tensor mul(Scalar target) => Binary(BinaryScalarOp.Mul, target);

        public Tensor div(Tensor target) => Binary(BinaryOp.Div, target);

        public Tensor div(Scalar target) => Binary(BinaryScalarOp.Div, target);

        public Tensor pow(Tensor exponent) => Binary(BinaryOp.Pow, exponent);

        public Tensor pow(Scalar exponent) => Binary(BinaryScalarOp.Pow, exponent);

        public Tensor eq(Tensor target) => Binary(BinaryOp.Eq, target);

        public Tensor eq(Scalar target) => Binary(BinaryScalarOp.Eq, target);

        public Tensor ne(Tensor target) => Binary(BinaryOp.Ne, target);

        public Tensor ne(Scalar target) => Binary(BinaryScalarOp.Ne, target);

        public Tensor lt(Tensor target) => Binary(BinaryOp.Lt, target);

        public Tensor lt(Scalar target) => Binary(BinaryScalarOp.Lt, target);

        public Tensor le(Tensor target) => Binary(BinaryOp.Le, target);

        public Tensor le(Scalar target) => Binary(BinaryScalarOp.Le, target);

        public Tensor gt(Tensor target) => Binary(BinaryOp.Gt, target);

        public Tensor gt(Scalar target) => Binary(BinaryScalarOp.Gt, target);

        public Tensor ge(Tensor target) => Binary(BinaryOp.Ge, target);

        public Tensor ge(Scalar target) => Binary(BinaryScalarOp.Ge, target);

        public Tensor remainder(Tensor other) => Binary(BinaryOp.Remainder, other);

        public Tensor remainder(Scalar other) => Binary(BinaryScalarOp.Remainder, other);

        public Tensor maximum(Tensor other) => Binary(BinaryOp.Maximum, other);

        public Tensor minimum(Tensor other) => Binary(BinaryOp.Minimum, other);

        public Tensor matmul(Tensor target) => Binary(BinaryOp.Matmul, target);

        public Tensor mm(Tensor target) => Binary(BinaryOp.Mm, target);

        public Tensor bmm(Tensor batch2) => Binary(BinaryOp.Bmm, batch2);

        public Tensor dot(Tensor target) => Binary(BinaryOp.Dot, target);

        public Tensor logical_and(Tensor other) => Binary(BinaryOp.LogicalAnd, other);

        public Tensor logical_or(Tensor other) => Binary(BinaryOp.LogicalOr, other);

        public Tensor logical_xor(Tensor other) => Binary(BinaryOp.LogicalXor, other);

        public Tensor mul_(Tensor target) => Binary(BinaryInplaceOp.Mul, target);

        public Tensor mul_(Scalar target) => Binary(BinaryInplaceOp.Mul, target);

        public Tensor div_(Tensor target) => Binary(BinaryInplaceOp.Div, target);

        public Tensor div_(Scalar target) => Binary(BinaryInplaceOp.Div, target);

        public Tensor pow_(Tensor exponent) => Binary(BinaryInplaceOp.Pow, exponent);

        public Tensor pow_(Scalar exponent) => Binary(BinaryInplaceOp.Pow, exponent);

        /// <summary>Element by element, as in TorchSharp; <see cref="Equals(Tensor)"/> compares as a whole.</summary>
        public Tensor equal(Tensor target) => eq(target);

        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false)
        {
            ArgumentNullException.ThrowIfNull(target);
            Native.Check(Native.pt_allclose(Borrowed, target.Borrowed, rtol, atol, equal_nan ? 1 : 0, out var close));
            return close != 0;
        }
    }

    public static Tensor mul(Tensor left, Tensor right) => left.mul(right);

    public static Tensor div(Tensor left, Tensor right) => left.div(right);

    public static Tensor eq(Tensor left, Tensor right) => left.eq(right);

    public static Tensor ne(Tensor left, Tensor right) => left.ne(right);

    public static Tensor lt(Tensor left, Tensor right) => left.lt(right);

    public static Tensor le(Tensor left, Tensor right) => left.le(right);

    public static Tensor gt(Tensor left, Tensor right) => left.gt(right);

    public static Tensor ge(Tensor left, Tensor right) => left.ge(right);

    public static Tensor maximum(Tensor left, Tensor right) => left.maximum(right);

    public static Tensor minimum(Tensor left, Tensor right) => left.minimum(right);

    public static Tensor matmul(Tensor left, Tensor right) => left.matmul(right);

    public static Tensor mm(Tensor left, Tensor right) => left.mm(right);

    public static Tensor bmm(Tensor left, Tensor right) => left.bmm(right);

    public static Tensor dot(Tensor left, Tensor right) => left.dot(right);

    public static Tensor logical_and(Tensor left, Tensor right) => left.logical_and(right);

    public static Tensor logical_or(Tensor left, Tensor right) => left.logical_or(right);

    public static Tensor logical_xor(Tensor left, Tensor right) => left.logical_xor(right);

    public static Tensor equal(Tensor left, Tensor right) => left.equal(right);

    public static Tensor pow(Tensor left, Tensor exponent) => left.pow(exponent);

    public static Tensor mul(Tensor left, Scalar right) => left.mul(right);

    public static Tensor div(Tensor left, Scalar right) => left.div(right);

    public static Tensor pow(Tensor left, Scalar exponent) => left.pow(exponent);

    public static bool allclose(Tensor tensor, Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
        tensor.allclose(target, rtol, atol, equal_nan);
}
