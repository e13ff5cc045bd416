namespace Platform.Torch.Tests;

public sealed class OptimizerTests
{
    [Theory]
    [InlineData(0.0, false, false)]
    [InlineData(0.1, false, false)]
    [InlineData(0.01, true, false)]
    [InlineData(0.01, true, true)]
    public void The_fused_step_computes_what_tensor_operations_compute(double decay, bool amsgrad, bool maximize)
    {
        using var scope = NewDisposeScope();
        manual_seed(5).Dispose();
        var start = randn(37, 11);
        var single = nn.Parameter(start.clone());
        var exact = nn.Parameter(start.to(float64)); // doubles take tensor operations, or libtorch's own fused kernel
        using var fused = optim.Adam([single], 0.01, 0.9, 0.999, 1e-8, decay, amsgrad, maximize);
        using var plain = optim.Adam([exact], 0.01, 0.9, 0.999, 1e-8, decay, amsgrad, maximize);

        for (var i = 0; i < 20; i++)
        {
            var gradient = randn(37, 11);
            single.grad = gradient;
            exact.grad = gradient.to(float64);
            fused.step();
            plain.step();
        }

        Assert.InRange((single.to(float64) - exact).abs().max().item<double>(), 0, 1e-5);
        Assert.False(single.allclose(start));
    }

    [Theory]
    [InlineData(0.0, false, false)]
    [InlineData(0.01, true, true)]
    public void Many_parameters_in_one_kernel_equal_each_by_tensor_operations(double decay, bool amsgrad, bool maximize)
    {
        using var scope = NewDisposeScope();
        var device = cuda.is_available() ? CUDA : CPU;
        manual_seed(6).Dispose();
        Tensor[] start = [randn(5, 7, float64, device), randn(11, float64, device), randn(2, 3, float64, device)];
        var together = start.Select(t => nn.Parameter(t.clone())).ToArray();
        var alone = start.Select(t => nn.Parameter(t.clone())).ToArray();
        using var one = optim.Adam(together, 0.01, 0.9, 0.999, 1e-8, decay, amsgrad, maximize);
        using var other = optim.Adam(alone, 0.01, 0.9, 0.999, 1e-8, decay, amsgrad, maximize);

        for (var i = 0; i < 10; i++)
        {
            for (var p = 0; p < start.Length; p++)
            {
                if (p == 1 && i == 4)
                {
                    together[p].grad = alone[p].grad = null; // from here on the step numbers differ
                    continue;
                }
                var gradient = randn_like(start[p]);
                together[p].grad = gradient;
                alone[p].grad = Strided(gradient); // a layout that no kernel takes
            }
            one.step();
            other.step();
        }

        Assert.All(together.Zip(alone), pair => Assert.InRange((pair.First - pair.Second).abs().max().item<double>(), 0, 1e-12));
        Assert.All(together.Zip(start), pair => Assert.False(pair.First.allclose(pair.Second)));

        static Tensor Strided(Tensor t) => stack([t, t], -1).select(-1, 0);
    }

    [Fact]
    public void A_resumed_run_equals_one_that_never_stopped_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        var batch = Golden.Array("ae_batch.npy");

        using var straight = TinyAutoencoder.Seeded();
        using var straightOptimizer = optim.Adam(straight.parameters(), 1e-3, beta2: 0.999, amsgrad: true);
        Train(straight, straightOptimizer, batch, 6);

        using var first = TinyAutoencoder.Seeded();
        using var firstOptimizer = optim.Adam(first.parameters(), 1e-3, beta2: 0.999, amsgrad: true);
        Train(first, firstOptimizer, batch, 3);
        using var saved = new MemoryStream();
        using (var writer = new BinaryWriter(saved, System.Text.Encoding.UTF8, leaveOpen: true))
            firstOptimizer.save_state_dict(writer);
        saved.Position = 0;

        using var resumed = TinyAutoencoder.Seeded(99);
        resumed.load_state_dict(first.state_dict());
        using var resumedOptimizer = optim.Adam(resumed.parameters(), 0.5, amsgrad: true); // every option comes from the stream
        using (var reader = new BinaryReader(saved))
            resumedOptimizer.load_state_dict(reader);
        Train(resumed, resumedOptimizer, batch, 3);

        var expected = straight.state_dict();
        Assert.All(resumed.state_dict(), e => Assert.True(expected[e.Key].Equals(e.Value), e.Key));
    }

    [Fact]
    public void The_state_can_be_read_and_copied_to_another_optimiser()
    {
        using var scope = NewDisposeScope();
        var a = nn.Parameter(ones(3));
        var b = nn.Parameter(ones(3));
        using var one = optim.Adam([a], 0.1, beta2: 0.999);
        using var other = optim.Adam([b], 0.2, beta2: 0.99);
        a.grad = full(3, 2.0f);
        one.step();

        other.load_state_dict(one.state_dict());

        var state = Assert.IsType<TorchSharp.Modules.Adam.State>(Assert.Single(other.state_dict().State));
        Assert.Equal(1, state.step);
        Assert.True(state.ApproximatelyEquals(one.state_dict().State[0]));
        Assert.Equal(0.1, Assert.Single(other.ParamGroups).LearningRate);
        Assert.InRange(state.exp_avg[0].item<float>(), 0.2f - 1e-6f, 0.2f + 1e-6f);
    }

    [Fact]
    public void The_learning_rate_can_be_changed_and_parameters_without_gradient_stay()
    {
        using var scope = NewDisposeScope();
        var moved = nn.Parameter(ones(2));
        var still = nn.Parameter(ones(2));
        using var optimizer = optim.Adam([moved, still], 1.0, beta2: 0.999);
        Assert.Single(optimizer.ParamGroups).LearningRate = 0.25;

        moved.grad = ones(2);
        optimizer.step();

        Assert.InRange(moved[0].item<float>(), 0.75f - 1e-5f, 0.75f + 1e-5f);
        Assert.Equal(1, still[0].item<float>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradients_are_dropped_or_set_to_zero(bool toNone)
    {
        using var scope = NewDisposeScope();
        var p = nn.Parameter(ones(2));
        using var optimizer = optim.Adam([p]);
        (p * 3).sum().backward();

        optimizer.zero_grad(toNone);

        Assert.Equal(toNone, p.grad is null);
        if (!toNone)
            Assert.Equal(0, p.grad!.abs().sum().item<float>());
    }

    [Fact]
    public void A_stream_of_another_optimiser_or_size_is_refused_and_bad_options_too()
    {
        using var scope = NewDisposeScope();
        var p = nn.Parameter(ones(2));
        using var two = optim.Adam([p, nn.Parameter(ones(2))]);
        using var one = optim.Adam([p]);
        using var saved = new MemoryStream();
        using var writer = new BinaryWriter(saved);
        two.save_state_dict(writer);
        saved.Position = 0;
        using var reader = new BinaryReader(saved);

        Assert.Contains("2 states, expected 1", Assert.Throws<ArgumentException>(() => one.load_state_dict(reader)).Message, StringComparison.Ordinal);
        Assert.Contains("beta1: 1", Assert.Throws<ArgumentException>(() => optim.Adam([p], beta1: 1)).Message, StringComparison.Ordinal);
        Assert.Contains("-1", Assert.Throws<ArgumentException>(() => optim.Adam([p], lr: -1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => one.add_param_group(new TorchSharp.Modules.Adam.ParamGroup([p])));
    }

    private static void Train(TinyAutoencoder model, TorchSharp.Modules.Adam optimizer, Tensor batch, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            nn.functional.mse_loss(model.call(batch), batch).backward();
            optimizer.step();
        }
    }
}
