using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>The operations behind the modules.</summary>
        public static partial class functional
        {
            public static Tensor conv2d(
                Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1) =>
                Tensor.From(
                    Native.pt_conv2d(
                        input.Borrowed, weight.Borrowed, Optional(bias), Pair(strides, 1), Pair(padding, 0), Pair(dilation, 1), groups, out var result),
                    result);

            public static Tensor conv_transpose2d(
                Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? output_padding = null,
                long[]? dilation = null, long groups = 1) =>
                Tensor.From(
                    Native.pt_conv_transpose2d(
                        input.Borrowed, weight.Borrowed, Optional(bias), Pair(strides, 1), Pair(padding, 0), Pair(output_padding, 0), Pair(dilation, 1),
                        groups, out var result),
                    result);

            public static Tensor batch_norm(
                Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null, bool training = false,
                double momentum = 0.1, double eps = 1e-5) =>
                batch_norm_relu(input, running_mean, running_var, weight, bias, training, momentum, eps, relu: false);

            /// <summary>With <paramref name="relu"/> followed by a ReLU, which then costs no pass over the memory of its own.</summary>
            internal static Tensor batch_norm_relu(
                Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight, Tensor? bias, bool training, double momentum, double eps, bool relu) =>
                Tensor.From(
                    Native.pt_batch_norm(
                        input.Borrowed, Optional(weight), Optional(bias), Optional(running_mean), Optional(running_var), training ? 1 : 0, momentum, eps,
                        relu ? 1 : 0, out var result),
                    result);

            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                Tensor.From(Native.pt_linear(input.Borrowed, weights.Borrowed, Optional(bias), out var result), result);

            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_() : x.relu();

            public static Tensor sigmoid(Tensor x, bool inplace) => inplace ? x.sigmoid_() : x.sigmoid();

            public static Tensor sigmoid(Tensor x) => x.sigmoid();

            public static Tensor tanh(Tensor x, bool inplace = false) => inplace ? x.tanh_() : x.tanh();

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) =>
                Tensor.From(Native.pt_softmax(input.Borrowed, dim, dtype is { } t ? (int)t : -1, out var result), result);

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                var result = Tensor.From(Native.pt_dropout(input.Borrowed, p, training ? 1 : 0, out var dropped), dropped);
                if (!inplace)
                    return result;
                using (result)
                    return input.copy_(result);
            }

            /// <summary>pad holds (before, after) for the last dimension, then the one before it, and so on.</summary>
            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                Tensor.From(Native.pt_pad(input.Borrowed, pad, pad.Length, (int)mode, value, out var result), result);

            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, pad.AsSpan(), mode, value);

            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2], mode, value);

            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2, pad.Item3, pad.Item4], mode, value);

            public static Tensor pad(Tensor input, long pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad, pad], mode, value);

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Tensor.From(Native.pt_mse_loss(input.Borrowed, target.Borrowed, (int)reduction, out var result), result);

            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Tensor.From(Native.pt_l1_loss(input.Borrowed, target.Borrowed, (int)reduction, out var result), result);

            // PyTorch takes one number for both dimensions, or one each.
            private static long[] Pair(long[]? values, long otherwise) => values switch
            {
                null => [otherwise, otherwise],
                [var both] => [both, both],
                [_, _] => values,
                _ => throw new ArgumentException($"One or two values are needed for two dimensions, {values.Length} were given."),
            };
        }
    }
}
