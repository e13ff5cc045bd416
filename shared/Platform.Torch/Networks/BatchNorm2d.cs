using static TorchSharp.torch;

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static BatchNorm2d BatchNorm2d(
                long num_features, double eps = 1e-05, double momentum = 0.1, bool affine = true, bool track_running_stats = true,
                Device? device = null, ScalarType? dtype = null) =>
                new(num_features, eps, momentum, affine, track_running_stats, device, dtype);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Normalises every channel of [batch, channels, height, width], by the batch in training and by running statistics in evaluation.</summary>
    public sealed class BatchNorm2d : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "weight")]
        private readonly Parameter? _weight;

        [ComponentName(Name = "bias")]
        private readonly Parameter? _bias;

        [ComponentName(Name = "running_mean")]
        private readonly Tensor? _mean;

        [ComponentName(Name = "running_var")]
        private readonly Tensor? _var;

        [ComponentName(Name = "num_batches_tracked")]
        private readonly Tensor? _batches;

        internal BatchNorm2d(
            long num_features, double eps, double? momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype)
            : base(nameof(BatchNorm2d))
        {
            this.num_features = num_features;
            this.eps = eps;
            this.momentum = momentum;
            this.affine = affine;
            this.track_running_stats = track_running_stats;
            if (affine)
            {
                register_parameter("weight", _weight = nn.Parameter(ones(num_features, dtype, device)));
                register_parameter("bias", _bias = nn.Parameter(zeros(num_features, dtype, device)));
            }

            if (track_running_stats)
            {
                register_buffer("running_mean", _mean = zeros(num_features, dtype, device));
                register_buffer("running_var", _var = ones(num_features, dtype, device));
                register_buffer("num_batches_tracked", _batches = tensor(0L, device: device));
            }
        }

        public long num_features { get; }

        public double eps { get; set; }

        public double? momentum { get; set; }

        public bool affine { get; }

        public bool track_running_stats { get; }

        public Parameter weight => _weight!;

        public Parameter? bias => _bias;

        public Tensor? running_mean => _mean;

        public Tensor? running_var => _var;

        public Tensor? num_batches_tracked => _batches;

        public override Tensor forward(Tensor input) => forward(input, relu: false);

        internal Tensor forward(Tensor input, bool relu)
        {
            if (input.ndim != 4)
                throw new ArgumentException($"expected 4D input, but got {input.ndim}D input.");
            if (training && _batches is not null)
            {
                using var _ = no_grad();
                _batches.add_(1).Dispose();
            }

            // Without a momentum the running statistics are the average over all batches.
            var factor = momentum ?? (training && _batches is not null ? 1.0 / _batches.item<long>() : 0.0);
            return nn.functional.batch_norm_relu(input, _mean, _var, _weight, _bias, training || _mean is null, factor, eps, relu);
        }

        public void reset_running_stats()
        {
            using var _ = no_grad();
            _mean?.zero_().Dispose();
            _var?.fill_(1).Dispose();
            _batches?.zero_().Dispose();
        }

        public void reset_parameters()
        {
            reset_running_stats();
            using var _ = no_grad();
            _weight?.fill_(1).Dispose();
            _bias?.zero_().Dispose();
        }
    }
}
