using static TorchSharp.torch;

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, outputSize, hasBias, device, dtype);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>x·Wᵀ + b.</summary>
    public sealed class Linear : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "weight")]
        private readonly Parameter _weight;

        [ComponentName(Name = "bias")]
        private readonly Parameter? _bias;

        internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(Linear))
        {
            in_features = inputSize;
            out_features = outputSize;
            register_parameter("weight", _weight = nn.Parameter(empty(outputSize, inputSize, dtype, device)));
            nn.init.kaiming_uniform_(_weight, Math.Sqrt(5));
            if (!hasBias)
                return;
            register_parameter("bias", _bias = nn.Parameter(empty(outputSize, dtype, device)));
            var bound = inputSize > 0 ? 1 / Math.Sqrt(inputSize) : 0;
            nn.init.uniform_(_bias, -bound, bound);
        }

        public long in_features { get; }

        public long out_features { get; }

        public Parameter weight => _weight;

        public Parameter? bias => _bias;

        public override Tensor forward(Tensor input) => nn.functional.linear(input, _weight, _bias);
    }
}
