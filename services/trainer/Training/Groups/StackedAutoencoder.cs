using Platform.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Platform.Trainer.Training.Groups;

/// <summary>
/// Several <see cref="ConvAutoencoder"/>s as one network: patches <c>[batch, models, n_mels, frames]</c>, one channel for each
/// model, and one group of each (transposed) convolution. Batch normalisation is by channel, so it needs no groups. Each model
/// sees its own patches only, so the gradient of a sum of losses is each model's own.
/// </summary>
internal static class StackedAutoencoder
{
    // As nn.BatchNorm2d has them by default, which is what ConvAutoencoder takes.
    private const double Momentum = 0.1;
    private const double Epsilon = 1e-5;

    private static readonly long[] Two = [2, 2];
    private static readonly long[] One = [1, 1];

    /// <param name="parameters">Stacked, in the order of one network: see <see cref="RowLayout.Stacked"/>.</param>
    /// <param name="statistics">Stacked running means and variances; training changes them.</param>
    internal static Tensor Forward(
        Architecture architecture, IReadOnlyList<Tensor> parameters, IReadOnlyList<Tensor> statistics, Tensor input, bool training)
    {
        using var scope = NewDisposeScope();
        var (models, layers) = (input.shape[1], architecture.Channels.Count);
        var (parameter, statistic) = (0, 0);
        var x = input;
        for (var i = 0; i < layers; i++)
            x = Normalised(conv2d(x, Next(), Next(), Two, One, groups: models)).relu_();
        for (var i = 1; i < layers; i++)
            x = Normalised(conv_transpose2d(x, Next(), Next(), Two, One, One, groups: models)).relu_();
        x = conv_transpose2d(x, Next(), Next(), Two, One, One, groups: models).sigmoid();
        return x.narrow(2, 0, input.shape[2]).narrow(3, 0, input.shape[3]).MoveToOuterDisposeScope();

        Tensor Next() => parameters[parameter++];
        Tensor Normalised(Tensor y) =>
            batch_norm(y, statistics[statistic++], statistics[statistic++], Next(), Next(), training, Momentum, Epsilon);
    }
}
