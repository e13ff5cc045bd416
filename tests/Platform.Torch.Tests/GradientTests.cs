namespace Platform.Torch.Tests;

public sealed class GradientTests
{
    [Fact]
    public void Backward_accumulates_into_leaves()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1f, 2f, 3f], requires_grad: true);
        Assert.Null(x.grad);

        (x * x).sum().backward();
        (x * x).sum().backward();

        Assert.Equal([4f, 8f, 12f], x.grad!.data<float>().ToArray());
        Assert.True(x.is_leaf);
        Assert.False((x * 2).is_leaf);
    }

    [Fact]
    public void A_vector_needs_a_gradient_to_start_from()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1f, 2f], requires_grad: true);

        Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => (x * 3).backward());
        (x * 3).backward([tensor([1f, 10f])]);

        Assert.Equal([3f, 30f], x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void A_graph_can_be_kept_and_differentiated()
    {
        using var scope = NewDisposeScope();
        var x = tensor(3f, requires_grad: true);
        var y = x.pow(3);

        y.backward(create_graph: true);
        var first = x.grad!;
        Assert.Equal(27, first.item<float>());
        first.backward();

        Assert.Equal(27 + 18, x.grad!.item<float>());
        Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => { y.backward(); y.backward(); });
    }

    [Fact]
    public void Modes_nest_and_end_with_their_scopes()
    {
        using var x = ones(2, requires_grad: true);

        using (no_grad())
        {
            using (enable_grad())
                Assert.True((x * 2).requires_grad);
            using (set_grad_enabled(false))
                Assert.False(is_grad_enabled());
            Assert.False((x * 2).requires_grad);
        }

        Assert.True(is_grad_enabled());
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            Assert.False((x * 2).requires_grad);
        }

        Assert.False(is_inference_mode_enabled());
        Assert.True((x * 2).requires_grad);
    }

    [Fact]
    public void Modes_belong_to_their_thread()
    {
        using var off = no_grad();
        var elsewhere = false;

        var thread = new Thread(() => elsewhere = is_grad_enabled());
        thread.Start();
        thread.Join();

        Assert.True(elsewhere);
        Assert.False(is_grad_enabled());
    }

    [Fact]
    public void The_network_runs_in_inference_mode_on_the_fast_path()
    {
        using var kept = new Deconvolution(true);
        using var scope = NewDisposeScope();
        using var model = TinyAutoencoder.Seeded();
        model.eval();
        var batch = Golden.Array("ae_batch.npy");

        using var mode = inference_mode();
        var output = model.call(batch);

        Assert.True(output.allclose(Golden.Array("ae_tiny_eval_out_before.npy"), 1e-5, 1e-5));
    }

    [Fact]
    public void In_place_changes_after_use_are_noticed_by_backward_also_those_of_the_optimiser()
    {
        using var scope = NewDisposeScope();
        var p = nn.Parameter(ones(3));
        using var optimizer = optim.Adam([p], 0.1, beta2: 0.999);
        var y = (p * p).sum();
        p.grad = ones(3);

        optimizer.step();

        var error = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => y.backward());
        Assert.Contains("modified by an inplace operation", error.Message, StringComparison.Ordinal);
    }
}
