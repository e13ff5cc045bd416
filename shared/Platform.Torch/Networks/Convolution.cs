using static TorchSharp.torch;

namespace TorchSharp
{
    /// <summary>What lies outside of the input.</summary>
    public enum PaddingModes
    {
        Zeros = 0,
        Reflect = 1,
        Replicate = 2,
        Circular = 3,
        Constant = 4,
    }

    /// <summary>Padding by its effect: none, or as much as keeps the size.</summary>
    public enum Padding
    {
        Valid = 0,
        Same = 1,
    }
}

namespace TorchSharp.Modules
{
    /// <summary>What convolutions have in common: weight, bias and their initial values.</summary>
    public abstract class Convolution : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "weight")]
        private Parameter _weight;

        [ComponentName(Name = "bias")]
        private Parameter? _bias;

        private protected Convolution(
            string name, long in_channels, long out_channels, long[] kernel_size, long[] stride, long[]? padding, Padding? padding_type,
            long[] dilation, bool transposed, long[] output_padding, long groups, bool bias, PaddingModes padding_mode, Device? device, ScalarType? dtype)
            : base(name)
        {
            if (groups < 1 || in_channels % groups != 0 || out_channels % groups != 0)
                throw new ArgumentException($"in_channels ({in_channels}) and out_channels ({out_channels}) must be divisible by groups ({groups}).");
            if (transposed && padding_mode != PaddingModes.Zeros)
                throw new ArgumentException("Only PaddingModes.Zeros is supported for ConvTransposeND", nameof(padding_mode));
            this.in_channels = in_channels;
            this.out_channels = out_channels;
            this.kernel_size = kernel_size;
            this.stride = stride;
            this.padding_type = padding_type;
            this.dilation = dilation;
            this.transposed = transposed;
            this.output_padding = output_padding;
            this.groups = groups;
            this.padding_mode = padding_mode;
            this.padding = padding_type == Padding.Valid ? [0, 0] : padding;
            if (padding_type == Padding.Same && stride.Any(s => s != 1))
                throw new ArgumentException("padding='same' is not supported for strided convolutions");

            long[] size = transposed ? [in_channels, out_channels / groups, .. kernel_size] : [out_channels, in_channels / groups, .. kernel_size];
            _weight = nn.Parameter(empty(size, dtype, device));
            register_parameter("weight", _weight);
            if (bias)
            {
                _bias = nn.Parameter(empty(out_channels, dtype, device));
                register_parameter("bias", _bias);
            }

            reset_parameters();
        }

        public long in_channels { get; }

        public long out_channels { get; }

        public long[] kernel_size { get; set; }

        public long[] stride { get; set; }

        public long[]? padding { get; private set; }

        public Padding? padding_type { get; }

        public long[] dilation { get; set; }

        public bool transposed { get; }

        public long[] output_padding { get; set; }

        public long groups { get; set; }

        public PaddingModes padding_mode { get; set; }

        public Parameter weight
        {
            get => _weight;
            set
            {
                ArgumentNullException.ThrowIfNull(value);
                if (ReferenceEquals(value, _weight))
                    return;
                _weight.Dispose();
                value.DetachFromDisposeScope();
                ConditionallyRegisterParameter("weight", _weight = value);
            }
        }

        public Parameter? bias
        {
            get => _bias;
            set
            {
                if (ReferenceEquals(value, _bias))
                    return;
                _bias?.Dispose();
                value?.DetachFromDisposeScope();
                ConditionallyRegisterParameter("bias", _bias = value);
            }
        }

        /// <summary>PyTorch's initial values: uniform within ±1/√fan_in, the weight first.</summary>
        public void reset_parameters()
        {
            nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
            if (bias is null)
                return;
            var (fanIn, _) = nn.init.CalculateFanInAndFanOut(weight);
            if (fanIn != 0)
                nn.init.uniform_(bias, -1 / Math.Sqrt(fanIn), 1 / Math.Sqrt(fanIn));
        }

        private protected void RequireInput(Tensor input, string kind)
        {
            var shape = input.shape;
            if (!(shape.Length == 4 && shape[1] == in_channels) && !(shape.Length == 3 && shape[0] == in_channels))
                throw new ArgumentException(
                    $"Expected 3D (unbatched) or 4D (batched) input with {in_channels} channels to {kind}, got [{string.Join(", ", shape)}].");
        }
    }
}
