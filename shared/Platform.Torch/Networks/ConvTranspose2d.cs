using static TorchSharp.torch;

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static ConvTranspose2d ConvTranspose2d(
                long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long output_padding = 0, long dilation = 1,
                PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, (kernel_size, kernel_size), (stride, stride), (padding, padding), (output_padding, output_padding),
                    (dilation, dilation), padding_mode, groups, bias, device, dtype);

            public static ConvTranspose2d ConvTranspose2d(
                long in_channels, long out_channels, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null,
                (long, long)? output_padding = null, (long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros,
                long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, kernel_size, stride ?? (1, 1), padding ?? (0, 0), output_padding ?? (0, 0), dilation ?? (1, 1),
                    padding_mode, groups, bias, device, dtype);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Transposed convolution over [batch, channels, height, width]; its weight is [in, out / groups, height, width].</summary>
    public sealed class ConvTranspose2d : Convolution
    {
        internal ConvTranspose2d(
            long in_channels, long out_channels, (long, long) kernel_size, (long, long) stride, (long, long) padding, (long, long) output_padding,
            (long, long) dilation, PaddingModes padding_mode, long groups, bool bias, Device? device, ScalarType? dtype)
            : base(nameof(ConvTranspose2d), in_channels, out_channels, [kernel_size.Item1, kernel_size.Item2], [stride.Item1, stride.Item2],
                [padding.Item1, padding.Item2], null, [dilation.Item1, dilation.Item2], true, [output_padding.Item1, output_padding.Item2],
                groups, bias, padding_mode, device, dtype)
        {
        }

        public override Tensor forward(Tensor input) => forward(input, null);

        /// <summary>output_size decides between the sizes that a strided convolution would map to this input.</summary>
        public Tensor forward(Tensor input, long[]? output_size)
        {
            RequireInput(input, nameof(ConvTranspose2d));
            return nn.functional.conv_transpose2d(
                input, weight, bias, stride, padding!, output_size is null ? output_padding : PaddingFor(input, output_size), dilation, groups);
        }

        private long[] PaddingFor(Tensor input, long[] output_size)
        {
            var size = input.shape;
            var missing = new long[2];
            for (var d = 0; d < 2; d++)
            {
                var least = (size[size.Length - 2 + d] - 1) * stride[d] - 2 * padding![d] + dilation[d] * (kernel_size[d] - 1) + 1;
                missing[d] = output_size[output_size.Length - 2 + d] - least;
                if (missing[d] < 0 || missing[d] >= Math.Max(stride[d], dilation[d]))
                    throw new ArgumentException($"output_size[{d}] must be from {least} to {least + stride[d] - 1}, it is {least + missing[d]}.", nameof(output_size));
            }

            return missing;
        }
    }
}
