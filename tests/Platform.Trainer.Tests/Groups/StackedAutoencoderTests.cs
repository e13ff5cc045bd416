using Platform.Models;
using Platform.Trainer.Training.Groups;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Trainer.Tests.Groups;

/// <summary>The stacked network and its optimiser against as many single networks. Draws from libtorch's generator, which is that of the whole process.</summary>
[Collection(nameof(Alone))]
public sealed class StackedAutoencoderTests
{
    private static readonly Architecture Small = new() { Channels = [5, 8, 12] };

    [Theory]
    [InlineData(1, 16, 16)]
    [InlineData(2, 16, 16)]
    [InlineData(5, 16, 16)]
    [InlineData(5, 13, 21)]
    [InlineData(2, 7, 9)]
    public void Outputs_gradients_and_running_statistics_are_those_of_single_networks(int models, int nMels, int frames)
    {
        using var scope = NewDisposeScope();
        var networks = Networks(models, Small);
        manual_seed(9);
        var input = rand(6, models, nMels, frames);
        var (parameters, statistics) = Stack(networks);

        var output = StackedAutoencoder.Forward(Small, parameters, statistics, input, training: true);
        var stackedLosses = (output - input).pow(2).mean([0L, 2, 3]);
        stackedLosses.sum().backward();
        var gradients = RowLayout.Unstacked(parameters.Select(parameter => parameter.grad!), models);
        var running = RowLayout.Unstacked(statistics, models);

        for (var model = 0; model < models; model++)
        {
            var own = input.narrow(1, model, 1);
            networks[model].train();
            var expected = networks[model].forward(own);
            var loss = nn.functional.mse_loss(expected, own);
            loss.backward();

            Near(expected, output.narrow(1, model, 1), "outputs");
            Near(loss, stackedLosses.select(0, model), "losses");
            Near(RowLayout.Row(networks[model].parameters().Select(parameter => parameter.grad!)), gradients.select(0, model), "gradients");
            Near(RowLayout.Row(Statistics(networks[model])), running.select(0, model), "running statistics");
        }
    }

    [Fact]
    public void In_evaluation_it_uses_the_running_statistics_and_keeps_them()
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var networks = Networks(3, Small);
        foreach (var network in networks)
            network.forward(rand(8, 1, 16, 16));
        var (parameters, statistics) = Stack(networks);
        var before = RowLayout.Unstacked(statistics, 3).clone();
        var input = rand(4, 3, 16, 16);

        var output = StackedAutoencoder.Forward(Small, parameters, statistics, input, training: false);

        Assert.True(before.allclose(RowLayout.Unstacked(statistics, 3), rtol: 0, atol: 0));
        for (var model = 0; model < 3; model++)
        {
            networks[model].eval();
            Near(networks[model].forward(input.narrow(1, model, 1)), output.narrow(1, model, 1), "outputs");
        }
    }

    [Fact]
    public void Adam_over_rows_is_adam_over_each_parameter_with_learning_rates_and_step_numbers_of_each_models_own()
    {
        using var scope = NewDisposeScope();
        var networks = Networks(3, Small);
        var layout = RowLayout.OfParameters(networks[0]);
        double[] rates = [1e-3, 5e-4, 2e-2];
        long[] stepsBefore = [0, 3, 40];
        var optimizers = networks.Select((network, model) => optim.Adam(network.parameters(), lr: rates[model], beta1: 0.9, beta2: 0.999)).ToArray();
        for (var model = 0; model < 3; model++)
        {
            for (var step = 0; step < stepsBefore[model]; step++)
                Descend(model);
        }

        var rows = new StackedAdam.Rows(
            stack(networks.Select(Weights)), stack(optimizers.Select(optimizer => Moments(optimizer, state => state.exp_avg))),
            stack(optimizers.Select(optimizer => Moments(optimizer, state => state.exp_avg_sq))));
        for (var step = 1; step <= 4; step++)
        {
            var own = Enumerable.Range(0, 3).Select(Descend).ToArray();
            rows = StackedAdam.Step(rows, stack(own), rates, [.. stepsBefore.Select(before => before + step)]);
        }

        for (var model = 0; model < 3; model++)
        {
            Near(Weights(networks[model]), rows.Weights.select(0, model), "weights");
            Near(Moments(optimizers[model], state => state.exp_avg), rows.Average.select(0, model), "averages");
            Near(Moments(optimizers[model], state => state.exp_avg_sq), rows.Square.select(0, model), "squares");
        }

        // One step with random gradients, which are returned as a row.
        Tensor Descend(int model)
        {
            var gradient = randn(layout.Length) * 1e-2;
            foreach (var (part, parameter) in layout.Parts.Zip(networks[model].parameters()))
                parameter.grad = gradient.narrow(0, part.Offset, part.Count).view(part.Shape).clone();
            optimizers[model].step();
            return gradient;
        }
    }

    [Fact]
    public void A_row_goes_back_into_the_tensors_that_it_came_from()
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var (from, to) = (Small.Create(1), Small.Create(2));

        RowLayout.OfParameters(to).CopyTo(Weights(from), to.parameters());

        Assert.All(from.parameters().Zip(to.parameters()), pair => Assert.True(pair.First.allclose(pair.Second, rtol: 0, atol: 0)));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void What_is_no_number_in_one_model_stays_there(float value)
    {
        using var scope = NewDisposeScope();
        var networks = Networks(3, new Architecture());
        using (no_grad())
            networks[1].parameters().First().fill_(value);
        var (parameters, statistics) = Stack(networks);
        var input = rand(6, 3, 16, 16);

        var output = StackedAutoencoder.Forward(new Architecture(), parameters, statistics, input, training: true);
        var losses = (output - input).pow(2).mean([0L, 2, 3]);
        losses.sum().backward();
        var gradients = RowLayout.Unstacked(parameters.Select(parameter => parameter.grad!), 3);
        var weights = stack(networks.Select(Weights));
        var rows = StackedAdam.Step(new(weights, zeros_like(weights), zeros_like(weights)), gradients, [1e-3, 1e-3, 1e-3], [1, 1, 1]);

        var finite = rows.Weights.isfinite().all(1).data<bool>().ToArray();
        Assert.Equal([true, false, true], finite);
        Assert.Equal([true, false, true], losses.isfinite().data<bool>().ToArray());
        Assert.Equal([true, false, true], RowLayout.Unstacked(statistics, 3).isfinite().all(1).data<bool>().ToArray());
    }

    private static ConvAutoencoder[] Networks(int models, Architecture architecture) =>
        [.. Enumerable.Range(0, models).Select(model => architecture.Create(seed: 100 + model))];

    private static (Tensor[] Parameters, Tensor[] Statistics) Stack(ConvAutoencoder[] networks)
    {
        var parameters = RowLayout.OfParameters(networks[0]).Stacked(stack(networks.Select(Weights)));
        foreach (var parameter in parameters)
            parameter.requires_grad = true;
        return (parameters, RowLayout.OfStatistics(networks[0]).Stacked(stack(networks.Select(network => RowLayout.Row(Statistics(network))))));
    }

    private static Tensor Weights(nn.Module network) => RowLayout.Row(network.parameters());

    private static IEnumerable<Tensor> Statistics(nn.Module network) => network.buffers().Where(buffer => buffer.dtype == ScalarType.Float32);

    private static Tensor Moments(TorchSharp.Modules.Adam optimizer, Func<TorchSharp.Modules.Adam.State, Tensor> moment) =>
        RowLayout.Row(optimizer.state_dict().State.Select(state => moment((TorchSharp.Modules.Adam.State)state)));

    // Relative to the largest value: the order of sums differs, and a bias before a normalisation has a gradient of nothing but rounding.
    private static void Near(Tensor expected, Tensor actual, string what)
    {
        var difference = ((expected - actual).abs().max() / expected.abs().max()).item<float>();
        Assert.True(difference < 1e-5, $"The {what} differ by {difference}.");
    }
}
