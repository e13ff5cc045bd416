using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor neg() => Unary(UnaryOp.Neg);

        public Tensor abs() => Unary(UnaryOp.Abs);

        public Tensor square() => Unary(UnaryOp.Square);

        public Tensor sqrt() => Unary(UnaryOp.Sqrt);

        public Tensor rsqrt() => Unary(UnaryOp.Rsqrt);

        public Tensor exp() => Unary(UnaryOp.Exp);

        public Tensor expm1() => Unary(UnaryOp.Expm1);

        public Tensor log() => Unary(UnaryOp.Log);

        public Tensor log2() => Unary(UnaryOp.Log2);

        public Tensor log10() => Unary(UnaryOp.Log10);

        public Tensor log1p() => Unary(UnaryOp.Log1p);

        public Tensor sigmoid() => Unary(UnaryOp.Sigmoid);

        public Tensor relu() => Unary(UnaryOp.Relu);

        public Tensor tanh() => Unary(UnaryOp.Tanh);

        public Tensor sin() => Unary(UnaryOp.Sin);

        public Tensor cos() => Unary(UnaryOp.Cos);

        public Tensor floor() => Unary(UnaryOp.Floor);

        public Tensor ceil() => Unary(UnaryOp.Ceil);

        public Tensor sign() => Unary(UnaryOp.Sign);

        public Tensor reciprocal() => Unary(UnaryOp.Reciprocal);

        public Tensor isnan() => Unary(UnaryOp.IsNan);

        public Tensor isinf() => Unary(UnaryOp.IsInf);

        public Tensor isfinite() => Unary(UnaryOp.IsFinite);

        public Tensor logical_not() => Unary(UnaryOp.LogicalNot);

        public Tensor erf() => Unary(UnaryOp.Erf);

        public Tensor round() => Unary(UnaryOp.Round);

        public Tensor neg_() => Unary(UnaryInplaceOp.Neg);

        public Tensor abs_() => Unary(UnaryInplaceOp.Abs);

        public Tensor square_() => Unary(UnaryInplaceOp.Square);

        public Tensor sqrt_() => Unary(UnaryInplaceOp.Sqrt);

        public Tensor rsqrt_() => Unary(UnaryInplaceOp.Rsqrt);

        public Tensor exp_() => Unary(UnaryInplaceOp.Exp);

        public Tensor log_() => Unary(UnaryInplaceOp.Log);

        public Tensor sigmoid_() => Unary(UnaryInplaceOp.Sigmoid);

        public Tensor relu_() => Unary(UnaryInplaceOp.Relu);

        public Tensor tanh_() => Unary(UnaryInplaceOp.Tanh);

        public Tensor floor_() => Unary(UnaryInplaceOp.Floor);

        public Tensor ceil_() => Unary(UnaryInplaceOp.Ceil);

        public Tensor reciprocal_() => Unary(UnaryInplaceOp.Reciprocal);

        public Tensor zero_() => Unary(UnaryInplaceOp.Zero);
    }

    public static Tensor neg(Tensor input) => input.neg();

    public static Tensor abs(Tensor input) => input.abs();

    public static Tensor square(Tensor input) => input.square();

    public static Tensor sqrt(Tensor input) => input.sqrt();

    public static Tensor rsqrt(Tensor input) => input.rsqrt();

    public static Tensor exp(Tensor input) => input.exp();

    public static Tensor expm1(Tensor input) => input.expm1();

    public static Tensor log(Tensor input) => input.log();

    public static Tensor log2(Tensor input) => input.log2();

    public static Tensor log10(Tensor input) => input.log10();

    public static Tensor log1p(Tensor input) => input.log1p();

    public static Tensor sigmoid(Tensor input) => input.sigmoid();

    public static Tensor relu(Tensor input) => input.relu();

    public static Tensor tanh(Tensor input) => input.tanh();

    public static Tensor sin(Tensor input) => input.sin();

    public static Tensor cos(Tensor input) => input.cos();

    public static Tensor floor(Tensor input) => input.floor();

    public static Tensor ceil(Tensor input) => input.ceil();

    public static Tensor sign(Tensor input) => input.sign();

    public static Tensor reciprocal(Tensor input) => input.reciprocal();

    public static Tensor isnan(Tensor input) => input.isnan();

    public static Tensor isinf(Tensor input) => input.isinf();

    public static Tensor isfinite(Tensor input) => input.isfinite();

    public static Tensor logical_not(Tensor input) => input.logical_not();

    public static Tensor erf(Tensor input) => input.erf();

    public static Tensor round(Tensor input) => input.round();
}
