namespace Platform.Torch.Tests;

public sealed class DeconvolutionTests
{
    [Theory]
    [InlineData(2, 1, 1, 3, true)]
    [InlineData(2, 0, 0, 4, true)]
    [InlineData(1, 1, 0, 3, false)]
    [InlineData(3, 2, 1, 5, true)]
    public void The_oneDNN_path_agrees_with_libtorchs_own(long stride, long padding, long outputPadding, long kernel, bool bias)
    {
        using var scope = NewDisposeScope();
        manual_seed(3).Dispose();
        using var layer = nn.ConvTranspose2d(6, 5, kernel, stride, padding, outputPadding, bias: bias);
        var input = randn(3, 6, 9, 11);
        var weighting = randn_like(layer.call(input));

        var plain = Run(false);
        var fast = Run(true);

        Assert.Equal(plain.Length, fast.Length);
        Assert.All(plain.Zip(fast), pair =>
        {
            Assert.Equal(pair.First.shape, pair.Second.shape);
            Assert.InRange(((pair.First - pair.Second).abs().max() / pair.First.abs().max()).item<float>(), 0, 1e-5);
        });

        Tensor[] Run(bool oneDnn)
        {
            using var kept = new Deconvolution(oneDnn);
            layer.zero_grad();
            var x = input.clone().requires_grad_();
            var y = layer.call(x);
            (y * weighting).sum().backward();
            return [y.detach(), x.grad!, .. layer.parameters().Select(p => p.grad!)];
        }
    }

    [Fact]
    public void Groups_dilation_and_doubles_take_libtorchs_own_path()
    {
        using var kept = new Deconvolution(true);
        using var scope = NewDisposeScope();
        using var grouped = nn.ConvTranspose2d(4, 4, 3, groups: 2, dilation: 2);
        using var exact = nn.ConvTranspose2d(4, 2, 3, dtype: float64);

        Assert.Equal([1L, 4L, 9L, 9L], grouped.call(randn(1, 4, 5, 5)).shape);
        Assert.Equal(float64, exact.call(randn(1, 4, 5, 5, float64)).dtype);
    }

    [Fact]
    public void An_output_padding_as_large_as_the_stride_is_refused_as_by_libtorch()
    {
        using var kept = new Deconvolution(true);
        using var layer = nn.ConvTranspose2d(1, 1, 3, stride: 2, output_padding: 2);
        using var input = randn(1, 1, 4, 4);

        var error = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => layer.call(input));

        Assert.Contains("output padding must be smaller than either stride or dilation", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_size_chooses_among_the_possible_ones()
    {
        using var layer = nn.ConvTranspose2d(1, 1, 3, stride: 2, padding: 1);
        using var input = randn(1, 1, 4, 4);

        using var seven = layer.forward(input, null);
        using var eight = layer.forward(input, [8, 7]);

        Assert.Equal([1L, 1L, 7L, 7L], seven.shape);
        Assert.Equal([1L, 1L, 8L, 7L], eight.shape);
        Assert.Throws<ArgumentException>(() => layer.forward(input, [9, 7]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Under_autocast_it_computes_in_bfloat16_also_from_bfloat16(bool fromBFloat16)
    {
        // oneDNN has bfloat16 convolutions where the processor has these instructions, and says no elsewhere.
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.Avx512BW.IsSupported, "This processor has no AVX-512 (BW).");
        using var kept = new Deconvolution(true);
        using var scope = NewDisposeScope();
        using var layer = nn.ConvTranspose2d(8, 4, 3, stride: 2, padding: 1, output_padding: 1);
        var input = randn(2, 8, 16, 16);
        var exact = layer.call(input);

        set_autocast_dtype(DeviceType.CPU, bfloat16);
        set_autocast_enabled(DeviceType.CPU, true);
        Tensor output;
        try
        {
            output = layer.call(fromBFloat16 ? input.to(bfloat16) : input);
        }
        finally
        {
            set_autocast_enabled(DeviceType.CPU, false);
            clear_autocast_cache();
        }

        Assert.Equal(bfloat16, output.dtype);
        Assert.True(output.to(float32).allclose(exact, 0.05, 0.05));
        output.to(float32).sum().backward();
        Assert.Equal(float32, layer.weight.grad!.dtype);
    }
}
