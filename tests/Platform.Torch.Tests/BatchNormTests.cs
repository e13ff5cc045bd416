namespace Platform.Torch.Tests;

/// <summary>Batch normalisation in training, in channels-last, against double precision.</summary>
public sealed class BatchNormTests
{
    // From version 2 on libtorch's own kernel runs, which adds up in float32.
    private static readonly double Tolerance = __version__.StartsWith("1.", StringComparison.Ordinal) ? 2e-6 : 1e-4;

    [Theory]
    [InlineData(32, 16, 32, 128, 2)]
    [InlineData(15, 33, 7, 5, 2)]
    [InlineData(4, 3, 2, 3, 2)]
    [InlineData(1, 128, 4, 16, 1)]
    [InlineData(3, 1, 5, 4, 2)]
    public void It_agrees_with_double_precision(long batch, long channels, long rows, long columns, int threads)
    {
        using var scope = NewDisposeScope();
        var before = get_num_threads();
        set_num_threads(threads);
        try
        {
            manual_seed(3).Dispose();
            var x = (randn(batch, channels, rows, columns) * 0.3 + 4).to(float64);
            var gradient = randn(batch, channels, rows, columns).to(float64);
            using var exact = nn.BatchNorm2d(channels, dtype: float64);
            using var layer = nn.BatchNorm2d(channels);
            Randomise(exact, layer);

            var expected = Run(exact, x, gradient);
            var actual = Run(layer, ChannelsLast(x.to(float32)), gradient.to(float32));

            Assert.All(expected.Zip(actual), pair =>
            {
                Assert.Equal(pair.First.shape, pair.Second.shape);
                var largest = Math.Max(pair.First.abs().max().item<double>(), 1e-3);
                Assert.InRange((pair.First - pair.Second.to(float64)).abs().max().item<double>() / largest, 0, Tolerance);
            });
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void The_same_numbers_give_the_same_bits()
    {
        using var scope = NewDisposeScope();
        manual_seed(3).Dispose();
        using var layer = nn.BatchNorm2d(16);
        var (x, gradient) = (ChannelsLast(randn(8, 16, 9, 11)), randn(8, 16, 9, 11));

        var (first, second) = (Gradients(), Gradients());

        Assert.All(first.Zip(second), pair => Assert.Equal(pair.First.data<float>().ToArray(), pair.Second.data<float>().ToArray()));

        Tensor[] Gradients() => [.. Run(layer, x, gradient)[..4]]; // not the running statistics, which go on
    }

    [Fact]
    public void The_result_stays_in_its_layout()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.BatchNorm2d(16);
        var x = ChannelsLast(randn(2, 16, 4, 6)).requires_grad_();

        var y = layer.call(x);
        y.sum().backward();

        Assert.Equal([16L * 24, 1, 96, 16], y.stride());
        Assert.Equal(y.stride(), x.grad!.stride());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_in_place_ReLU_behind_it_is_part_of_it_bit_for_bit(bool channelsLast)
    {
        using var scope = NewDisposeScope();
        manual_seed(3).Dispose();
        using var layer = nn.BatchNorm2d(16);
        using var relu = nn.ReLU(inplace: true);
        using var other = nn.BatchNorm2d(16);
        using var both = nn.Sequential(other, nn.ReLU(inplace: true));
        using (no_grad())
        {
            layer.weight.uniform_(0.5, 1.5);
            layer.bias!.uniform_(-1, 1);
            other.load_state_dict(layer.state_dict());
        }

        var x = randn(8, 16, 9, 11);
        var gradient = randn(8, 16, 9, 11);
        if (channelsLast)
            x = ChannelsLast(x);

        var apart = Train(layer, input => relu.call(layer.call(input)));
        var together = Train(other, both.call);
        layer.eval();
        both.eval();

        Assert.All(apart.Zip(together), pair => Assert.Equal(pair.First.data<float>().ToArray(), pair.Second.data<float>().ToArray()));
        Assert.Equal(relu.call(layer.call(x)).data<float>().ToArray(), both.call(x).data<float>().ToArray());

        Tensor[] Train(TorchSharp.Modules.BatchNorm2d norm, Func<Tensor, Tensor> forward)
        {
            var input = x.detach().requires_grad_();
            var y = forward(input);
            (y * gradient).sum().backward();
            return [y.detach(), input.grad!, norm.weight.grad!, norm.bias!.grad!, norm.running_mean!, norm.running_var!];
        }
    }

    // Output, gradients of input, weight and bias, running mean and variance.
    private static Tensor[] Run(TorchSharp.Modules.BatchNorm2d layer, Tensor input, Tensor gradient)
    {
        layer.zero_grad();
        var x = input.detach().requires_grad_();
        var y = layer.call(x);
        (y * gradient).sum().backward();
        return [y.detach(), x.grad!, layer.weight!.grad!.clone(), layer.bias!.grad!.clone(), layer.running_mean!.clone(), layer.running_var!.clone()];
    }

    private static void Randomise(TorchSharp.Modules.BatchNorm2d exact, TorchSharp.Modules.BatchNorm2d layer)
    {
        using var gradients = no_grad();
        layer.weight!.uniform_(0.5, 1.5);
        layer.bias!.uniform_(-1, 1);
        exact.weight!.copy_(layer.weight);
        exact.bias!.copy_(layer.bias);
    }

    private static Tensor ChannelsLast(Tensor t) => t.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
}
