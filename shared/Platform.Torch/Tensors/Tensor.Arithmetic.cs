using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    private static readonly Scalar One = 1;

    public partial class Tensor
    {
        public Tensor add(Tensor target) => add(target, One);

        public Tensor add(Tensor target, Scalar alpha)
        {
            ArgumentNullException.ThrowIfNull(target);
            ArgumentNullException.ThrowIfNull(alpha);
            return From(Native.pt_add(Borrowed, target.Borrowed, alpha.Value, out var result), result);
        }

        public Tensor add(Scalar scalar) => add(scalar, One);

        public Tensor add(Scalar scalar, Scalar alpha)
        {
            ArgumentNullException.ThrowIfNull(scalar);
            ArgumentNullException.ThrowIfNull(alpha);
            return From(Native.pt_add_scalar(Borrowed, scalar.Value, alpha.Value, out var result), result);
        }

        public Tensor add_(Tensor target) => add_(target, One);

        public Tensor add_(Tensor target, Scalar alpha)
        {
            ArgumentNullException.ThrowIfNull(target);
            ArgumentNullException.ThrowIfNull(alpha);
            return Self(Native.pt_add_(Borrowed, target.Borrowed, alpha.Value));
        }

        public Tensor add_(Scalar scalar) => add_(scalar, One);

        public Tensor add_(Scalar scalar, Scalar alpha)
        {
            ArgumentNullException.ThrowIfNull(scalar);
            ArgumentNullException.ThrowIfNull(alpha);
            return Self(Native.pt_add_scalar_(Borrowed, scalar.Value, alpha.Value));
        }

        public Tensor sub(Tensor target) => sub(target, One);

        public Tensor sub(Tensor target, Scalar alpha)
        {
            ArgumentNullException.ThrowIfNull(target);
            ArgumentNullException.ThrowIfNull(alpha);
            return From(Native.pt_sub(Borrowed, target.Borrowed, alpha.Value, out var result), result);
        }

        public Tensor sub(Scalar scalar) => sub(scalar, One);

        public Tensor sub(Scalar scalar, Scalar alpha)
        {
            ArgumentNullException.ThrowIfNull(scalar);
            ArgumentNullException.ThrowIfNull(alpha);
            return From(Native.pt_sub_scalar(Borrowed, scalar.Value, alpha.Value, out var result), result);
        }

        public Tensor sub_(Tensor target) => sub_(target, One);

        public Tensor sub_(Tensor target, Scalar alpha)
        {
            ArgumentNullException.ThrowIfNull(target);
            ArgumentNullException.ThrowIfNull(alpha);
            return Self(Native.pt_sub_(Borrowed, target.Borrowed, alpha.Value));
        }

        public Tensor sub_(Scalar scalar) => sub_(scalar, One);

        public Tensor sub_(Scalar scalar, Scalar alpha)
        {
            ArgumentNullException.ThrowIfNull(scalar);
            ArgumentNullException.ThrowIfNull(alpha);
            return Self(Native.pt_sub_scalar_(Borrowed, scalar.Value, alpha.Value));
        }

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value)
        {
            ArgumentNullException.ThrowIfNull(tensor1);
            ArgumentNullException.ThrowIfNull(tensor2);
            ArgumentNullException.ThrowIfNull(value);
            return Self(Native.pt_addcmul_(Borrowed, tensor1.Borrowed, tensor2.Borrowed, value.Value));
        }

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value)
        {
            ArgumentNullException.ThrowIfNull(tensor1);
            ArgumentNullException.ThrowIfNull(tensor2);
            ArgumentNullException.ThrowIfNull(value);
            return Self(Native.pt_addcdiv_(Borrowed, tensor1.Borrowed, tensor2.Borrowed, value.Value));
        }

        public Tensor clamp(Scalar? min = null, Scalar? max = null) =>
            From(Native.pt_clamp(Borrowed, min?.Value ?? default, max?.Value ?? default, out var result), result);

        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) =>
            Self(Native.pt_clamp_(Borrowed, min?.Value ?? default, max?.Value ?? default));

        public Tensor fill_(Scalar value)
        {
            ArgumentNullException.ThrowIfNull(value);
            return Self(Native.pt_fill_(Borrowed, value.Value));
        }

        public Tensor copy_(Tensor source, bool non_blocking = false)
        {
            ArgumentNullException.ThrowIfNull(source);
            return Self(Native.pt_copy_(Borrowed, source.Borrowed, non_blocking ? 1 : 0));
        }

        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            Self(Native.pt_uniform_(Borrowed, from, to, Generator.Optional(generator)));

        public Tensor normal_(double mean = 0.0, double std = 1.0, Generator? generator = null) =>
            Self(Native.pt_normal_(Borrowed, mean, std, Generator.Optional(generator)));

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) =>
            Self(Native.pt_bernoulli_(Borrowed, p, Generator.Optional(generator)));
    }

    public static Tensor add(Tensor left, Tensor right) => left.add(right);

    public static Tensor add(Tensor left, Tensor right, Scalar alpha) => left.add(right, alpha);

    public static Tensor add(Tensor left, Scalar right) => left.add(right);

    public static Tensor sub(Tensor left, Tensor right) => left.sub(right);

    public static Tensor sub(Tensor left, Tensor right, Scalar alpha) => left.sub(right, alpha);

    public static Tensor sub(Tensor left, Scalar right) => left.sub(right);

    public static Tensor clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);
}
