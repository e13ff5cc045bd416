using System.Text.Json;
using Platform.Dsp;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Models.Tests;

public sealed class ConvAutoencoderTests
{
    private static readonly JsonElement Reference = JsonDocument.Parse(Golden.Bytes("ae.json")).RootElement;

    [Theory]
    [InlineData("tiny", new[] { 4, 8, 16, 32 })]
    [InlineData("full", new[] { 16, 32, 64, 128 })]
    public void It_reconstructs_as_PyTorch_does_with_the_same_weights(string size, int[] channels)
    {
        using var scope = NewDisposeScope();
        using var network = Load($"ae_{size}_init.npz", channels);
        network.eval();

        var output = network.forward(Batch());

        Close($"ae_{size}_eval_out_before.npy", output, 1e-5);
    }

    [Fact]
    public void In_training_mode_it_normalises_by_the_batch()
    {
        using var scope = NewDisposeScope();
        using var network = Load("ae_tiny_init.npz", 4, 8, 16, 32);
        network.train();

        Close("ae_tiny_train_out_before.npy", network.forward(Batch()), 1e-5);
    }

    [Fact]
    public void A_width_that_is_no_multiple_of_sixteen_is_cropped_back()
    {
        using var scope = NewDisposeScope();
        using var network = Load("ae_tiny_init.npz", 4, 8, 16, 32);
        network.eval();
        var narrow = Batch().narrow(0, 0, 1).narrow(3, 0, 51);

        var output = network.forward(narrow);

        Assert.Equal([1, 1, 64, 51], output.shape);
        Close("ae_tiny_eval_out_64x51.npy", output, 1e-5);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 7)]
    [InlineData(64, 17)]
    [InlineData(129, 200)]
    public void The_output_has_the_shape_of_any_input(int nMels, int frames)
    {
        using var scope = NewDisposeScope();
        using var network = new ConvAutoencoder([2, 3, 4, 5]);
        network.eval();

        Assert.Equal([2, 1, nMels, frames], network.forward(zeros([2, 1, nMels, frames])).shape);
    }

    [Fact]
    public void Ten_steps_of_Adam_follow_PyTorchs_losses_and_end_at_its_output()
    {
        using var scope = NewDisposeScope();
        using var network = Load("ae_tiny_init.npz", 4, 8, 16, 32);
        network.train();
        using var optimizer = optim.Adam(network.parameters(), lr: 1e-3, beta1: 0.9, beta2: 0.999);
        var batch = Batch();

        foreach (var expected in Reference.GetProperty("tiny_losses_float32").EnumerateArray())
        {
            using var step = NewDisposeScope();
            var loss = nn.functional.mse_loss(network.forward(batch), batch);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            Assert.Equal(expected.GetDouble(), loss.item<float>(), 2e-6);
        }

        network.eval();
        Close("ae_tiny_eval_out_after10.npy", network.forward(batch), 1e-4);
        Assert.Equal(10, network.state_dict()["encoder.1.num_batches_tracked"].item<long>());
    }

    [Theory]
    [InlineData("ae_tiny_init.npz", "tiny_eval_patch_mse_before")]
    [InlineData("ae_tiny_after10.npz", "tiny_eval_patch_mse_after10")]
    public void Patch_errors_and_threshold_are_PyTorchs(string weights, string errors)
    {
        using var network = Load(weights, 4, 8, 16, 32);
        network.eval();

        var actual = ReconstructionErrors.Of(network, Packages.Batch, 64, 64);

        double[] expected = [.. Reference.GetProperty(errors).EnumerateArray().Select(value => value.GetDouble())];
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-7));
        if (weights.Contains("after10", StringComparison.Ordinal))
        {
            var threshold = NpyFile.Read(Golden.Bytes("threshold_tiny.npy")).ToDoubles()[0];
            Assert.Equal(threshold, DetectorFit.Fit(DetectorConfig.Reconstruction, "d", actual, 3, DetectorFit.MeanPlusSigma)!.Threshold, 1e-7);
        }
    }

    [Fact]
    public void More_patches_than_a_batch_give_the_same_errors_as_one_by_one()
    {
        using var network = Load("ae_tiny_after10.npz", 4, 8, 16, 32);
        network.eval();
        float[] many = [.. Enumerable.Repeat(Packages.Batch, 20).SelectMany(batch => batch)];

        var errors = ReconstructionErrors.Of(network, many, 64, 64);

        Assert.Equal(80, errors.Length);
        Assert.All(errors.Select((error, i) => (error, i)), pair => Assert.Equal(errors[pair.i % 4], pair.error, 1e-8));
    }

    [Fact]
    public void A_state_dict_of_another_network_is_refused_by_name()
    {
        using var network = new ConvAutoencoder([4, 8]);
        var weights = TorchFile.Read(Golden.Bytes("ae_tiny_after10.pth"));

        Assert.Contains("encoder.6.weight", Refusal(weights), StringComparison.Ordinal);
        Assert.Contains("lacks", Refusal([.. ModuleState.Capture(network).Skip(1)]), StringComparison.Ordinal);
        Assert.Contains("shape", Refusal(ModuleState.Capture(new ConvAutoencoder([8, 8]))), StringComparison.Ordinal);

        string Refusal(IReadOnlyList<KeyValuePair<string, StateTensor>> state) =>
            Assert.Throws<InvalidDataException>(() => ModuleState.Restore(network, state)).Message;
    }

    [Fact]
    public void Weights_that_are_not_finite_are_refused()
    {
        using var network = new ConvAutoencoder([2]);
        List<KeyValuePair<string, StateTensor>> weights = [.. ModuleState.Capture(network)];
        var at = weights.FindIndex(pair => pair.Key == "encoder.0.bias");
        weights[at] = new("encoder.0.bias", StateTensor.FromFloats([1, float.NaN], 2));

        var exception = Assert.Throws<InvalidDataException>(() => ModuleState.Restore(network, weights));

        Assert.Contains("'encoder.0.bias'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_whatever_is_created_meanwhile()
    {
        var five = Weights(5);
        var six = Weights(6);
        Assert.NotEqual(five, six);

        // libtorch's generator is one for the process: two runs that start at once must not draw from each other's seed.
        var mixed = ParallelEnumerable.Range(0, 400).WithDegreeOfParallelism(8).Select(i => (i % 2 == 0, Weights(5 + i % 2))).ToList();

        Assert.All(mixed, pair => Assert.Equal(pair.Item1 ? five : six, pair.Item2));

        static byte[] Weights(long seed)
        {
            using var network = new ConvAutoencoder([4, 8, 8, 8], seed);
            return TorchFile.Write(ModuleState.Capture(network));
        }
    }

    private static ConvAutoencoder Load(string file, params int[] channels)
    {
        var network = new ConvAutoencoder(channels);
        ModuleState.Restore(network, [.. NpzFile.Read(Golden.Bytes(file)).Select(pair => KeyValuePair.Create(pair.Key, State(pair.Value)))]);
        return network;
    }

    private static StateTensor State(NpyArray array) => array.DType == NpyFile.DTypeI8
        ? new StateTensor(TensorType.Int64, [], BitConverter.GetBytes(array.ToInt64s()[0]))
        : StateTensor.FromFloats(array.ToSingles(), [.. array.Shape.Select(length => (long)length)]);

    private static Tensor Batch() => tensor(Packages.Batch, [4, 1, 64, 64]);

    private static void Close(string golden, Tensor actual, double tolerance)
    {
        var expected = NpyFile.Read(Golden.Bytes(golden)).ToSingles();
        var values = actual.detach().contiguous().data<float>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        var worst = expected.Zip(values).Max(pair => Math.Abs(pair.First - pair.Second));
        Assert.True(worst <= tolerance, $"{golden}: differs by {worst}.");
    }
}
