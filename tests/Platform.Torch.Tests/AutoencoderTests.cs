namespace Platform.Torch.Tests;

/// <summary>The whole way from the seed to ten optimiser steps, against PyTorch's numbers.</summary>
public sealed class AutoencoderTests
{
    // With the same operations in another order: 1e-5 relative to values of order 1.
    private const double Tolerance = 1e-5;

    [Fact]
    public void Initial_weights_equal_PyTorchs_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        var expected = Golden.Arrays("ae_tiny_init.npz");

        using var model = TinyAutoencoder.Seeded();
        var state = model.state_dict();

        Assert.Equal(expected.Keys.Order(), state.Keys.Order());
        Assert.All(expected, e => Assert.True(state[e.Key].Equals(e.Value), e.Key));
    }

    [Fact]
    public void Evaluation_and_training_outputs_equal_PyTorchs()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = TinyAutoencoder.Seeded();
        var batch = Golden.Array("ae_batch.npy");

        model.eval();
        Close(Golden.Array("ae_tiny_code_before.npy"), model.Encode(batch));
        Close(Golden.Array("ae_tiny_eval_out_before.npy"), model.call(batch));
        var odd = batch[TensorIndex.Slice(0, 1), TensorIndex.Ellipsis, TensorIndex.Slice(null, 51)];
        Close(Golden.Array("ae_tiny_eval_out_64x51.npy"), model.call(odd));
        model.train();
        Close(Golden.Array("ae_tiny_train_out_before.npy"), model.call(batch));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradients_of_the_first_step_equal_PyTorchs(bool oneDnn)
    {
        using var kept = new Deconvolution(oneDnn);
        using var scope = NewDisposeScope();
        using var model = TinyAutoencoder.Seeded();
        var batch = Golden.Array("ae_batch.npy");

        nn.functional.mse_loss(model.call(batch), batch).backward();

        var expected = Golden.Arrays("ae_tiny_grad_step1.npz");
        Assert.Equal(expected.Keys.Order(), model.named_parameters().Select(p => p.name).Order());
        Assert.All(model.named_parameters(), p => Close(expected[p.name], p.parameter.grad!, 1e-6));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ten_Adam_steps_have_PyTorchs_losses_and_result(bool oneDnn)
    {
        using var kept = new Deconvolution(oneDnn);
        using var outer = NewDisposeScope();
        using var model = TinyAutoencoder.Seeded();
        using var loss = nn.MSELoss();
        using var optimizer = optim.Adam(model.parameters(), lr: 1e-3, beta2: 0.999);
        var batch = Golden.Array("ae_batch.npy");

        var losses = new double[10];
        for (var step = 0; step < losses.Length; step++)
        {
            using var scope = NewDisposeScope();
            var error = loss.call(model.call(batch), batch);
            optimizer.zero_grad();
            error.backward();
            optimizer.step();
            losses[step] = error.item<float>();
        }

        var expected = Golden.Facts().Numbers("tiny_losses_float32");
        Assert.All(expected.Zip(losses), l => Assert.Equal(l.First, l.Second, l.First * 1e-6));
        model.eval();
        using var noGrad = no_grad();
        Close(Golden.Array("ae_tiny_eval_out_after10.npy"), model.call(batch), 1e-4);
        var after = Golden.Arrays("ae_tiny_after10.npz");
        foreach (var name in new[] { "encoder.0.weight", "decoder.9.weight", "decoder.9.bias", "encoder.4.running_var" })
            Close(after[name], model.get_parameter(name) ?? model.get_buffer(name)!, 1e-4);
        Assert.Equal(10, model.get_buffer("decoder.1.num_batches_tracked")!.item<long>());
    }

    private static void Close(Tensor expected, Tensor actual, double tolerance = Tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, tolerance);
    }
}
