namespace Platform.Torch.Tests;

public sealed class ModuleTests
{
    [Fact]
    public void Names_are_PyTorchs()
    {
        using var model = TinyAutoencoder.Seeded();

        Assert.Equal(["encoder", "decoder"], model.named_children().Select(c => c.name));
        Assert.Equal("encoder.0.weight", model.named_parameters().First().name);
        Assert.Contains("decoder.7.running_mean", model.named_buffers().Select(b => b.name));
        Assert.Contains("encoder.10", model.named_modules().Select(m => m.name));
        Assert.Equal((30, 21, 51), (model.parameters().Count(), model.buffers().Count(), model.state_dict().Count));
        Assert.Contains("net.encoder.0.weight", model.state_dict(prefix: "net").Keys);
        Assert.Equal(nameof(TinyAutoencoder), model.GetName());
    }

    [Fact]
    public void Modes_reach_every_module()
    {
        using var model = TinyAutoencoder.Seeded();
        Assert.True(model.training);

        model.eval();
        Assert.All(model.modules(), m => Assert.False(m.training));
        model.train();
        Assert.All(model.modules(), m => Assert.True(m.training));
        var visited = 0;
        model.apply(_ => visited++);

        Assert.Equal(1 + model.modules().Count(), visited);
    }

    [Fact]
    public void Weights_can_be_loaded_and_what_does_not_fit_is_named()
    {
        using var scope = NewDisposeScope();
        using var source = TinyAutoencoder.Seeded(1);
        using var target = TinyAutoencoder.Seeded(2);
        var weights = source.state_dict();

        target.load_state_dict(weights);
        Assert.All(target.state_dict(), e => Assert.True(weights[e.Key].Equals(e.Value)));
        Assert.True(target.parameters().All(p => p.requires_grad && p.is_leaf));

        weights.Remove("encoder.0.bias");
        weights["extra"] = ones(1);
        Assert.Contains("Missing: encoder.0.bias. Unexpected: extra.",
            Assert.Throws<InvalidOperationException>(() => target.load_state_dict(weights)).Message, StringComparison.Ordinal);
        var (missing, unexpected) = target.load_state_dict(weights, strict: false);
        Assert.Equal("encoder.0.bias", Assert.Single(missing));
        Assert.Equal("extra", Assert.Single(unexpected));
        weights["encoder.0.weight"] = ones(1);
        Assert.Contains("'encoder.0.weight' has shape [1], the module needs [4, 1, 3, 3]",
            Assert.Throws<ArgumentException>(() => target.load_state_dict(weights, strict: false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_built_inside_a_scope_outlives_it()
    {
        TinyAutoencoder model;
        using (NewDisposeScope())
            model = TinyAutoencoder.Seeded();

        Assert.All(model.state_dict().Values, t => Assert.False(t.IsInvalid));
        model.Dispose();
    }

    [Fact]
    public void Converting_keeps_counters_and_gradients_and_forward_works()
    {
        using var scope = NewDisposeScope();
        using var model = TinyAutoencoder.Seeded();
        nn.functional.mse_loss(model.call(rand(2, 1, 64, 64)), zeros(2, 1, 64, 64)).backward();

        var same = model.to(float64);

        Assert.Same(model, same);
        Assert.All(model.parameters(), p => Assert.Equal((float64, float64, true), (p.dtype, p.grad!.dtype, p.is_leaf)));
        Assert.Equal(int64, model.get_buffer("encoder.1.num_batches_tracked")!.dtype);
        Assert.Equal(float64, model.call(rand(2, 1, 64, 64, float64)).dtype);
        Assert.Throws<ArgumentException>(() => model.to(int32));
    }

    [Fact]
    public void Sequentials_can_be_named_nested_and_empty()
    {
        using var scope = NewDisposeScope();
        using var inner = nn.Sequential(nn.Linear(4, 3), nn.ReLU());
        using var outer = nn.Sequential(("body", inner), ("head", nn.Linear(3, 2, hasBias: false)));
        using var none = nn.Sequential();
        var x = rand(5, 4);

        Assert.Equal(["body.0.weight", "body.0.bias", "head.weight"], outer.named_parameters().Select(p => p.name));
        Assert.Equal([5L, 2L], outer.call(x).shape);
        Assert.True(none.call(x).Equals(x));
        Assert.Throws<InvalidOperationException>(() => outer.append("head", nn.ReLU()));
        Assert.Throws<ArgumentException>(() => outer.append("a.b", nn.ReLU()));
    }

    [Fact]
    public void Hooks_see_and_change_inputs_and_results()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.ReLU();
        var before = layer.register_forward_pre_hook((_, x) => x + 1);
        var after = layer.register_forward_hook((_, _, y) => y * 10);

        Assert.Equal(20, layer.call(tensor(1f)).item<float>());
        before.remove();
        after.remove();
        Assert.Equal(1, layer.call(tensor(1f)).item<float>());
    }

    [Fact]
    public void Batch_normalisation_keeps_running_statistics()
    {
        using var scope = NewDisposeScope();
        using var norm = nn.BatchNorm2d(2);
        var x = randn(8, 2, 5, 5) * 3 + 1;

        var y = norm.call(x);

        Assert.InRange(y.mean([0, 2, 3]).abs().max().item<float>(), 0, 1e-5);
        Assert.True(norm.running_mean!.allclose(x.mean([0, 2, 3]) * 0.1, 1e-4, 1e-6));
        Assert.True(norm.running_var!.allclose(x.var([0, 2, 3]) * 0.1 + 0.9, 1e-4, 1e-6));
        Assert.Equal(1, norm.num_batches_tracked!.item<long>());
        norm.eval();
        Assert.False(norm.call(x).allclose(y));
        norm.reset_running_stats();
        Assert.Equal(0, norm.running_mean!.abs().sum().item<float>());
        Assert.Throws<ArgumentException>(() => norm.call(x[0]));
    }

    [Fact]
    public void Convolutions_pad_as_asked()
    {
        using var scope = NewDisposeScope();
        using var same = nn.Conv2d(1, 1, 3, Padding.Same, bias: false);
        using var valid = nn.Conv2d(1, 1, (3, 5), Padding.Valid);
        using var zeros = nn.Conv2d(1, 1, 3, padding: 1, bias: false);
        using var reflect = nn.Conv2d(1, 1, 3, padding: 1, padding_mode: PaddingModes.Reflect, bias: false);
        var x = rand(1, 1, 8, 9);
        zeros.load_state_dict(same.state_dict());
        reflect.load_state_dict(same.state_dict());

        Assert.True(same.call(x).allclose(zeros.call(x), 1e-5, 1e-6));
        Assert.Equal([1L, 1L, 6L, 5L], valid.call(x).shape);
        Assert.False(reflect.call(x).allclose(zeros.call(x)));
        Assert.True(reflect.call(x)[.., .., 1..^1, 1..^1].allclose(zeros.call(x)[.., .., 1..^1, 1..^1], 1e-5, 1e-6));
        Assert.Equal([1L, 1L, 10L, 12L], nn.functional.pad(x, (0, 3, 2, 0), value: 5).shape);
        Assert.Equal(5, nn.functional.pad(x, (0, 3, 2, 0), value: 5)[0, 0, 0, 0].item<float>());
    }

    [Fact]
    public void Losses_reduce_as_asked()
    {
        using var scope = NewDisposeScope();
        var a = tensor([1f, 2f]);
        var b = tensor([3f, 5f]);
        using var sum = nn.MSELoss(nn.Reduction.Sum);
        using var mean = nn.L1Loss();

        Assert.Equal(13, sum.call(a, b).item<float>());
        Assert.Equal(2.5f, mean.call(a, b).item<float>());
        Assert.Equal([4f, 9f], nn.functional.mse_loss(a, b, nn.Reduction.None).data<float>().ToArray());
    }
}
