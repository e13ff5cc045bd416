using static TorchSharp.torch;

namespace Platform.Trainer.Training.Groups;

/// <summary>
/// Adam over rows <c>[models, parameters]</c>: a dozen tensor operations for all parameters of all models. The same operations in
/// the same order as the optimiser of a single run, with learning rate and step number of each model's own.
/// </summary>
internal static class StackedAdam
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    /// <summary>The rows after the step; those given stay as they are, so that a step which runs out of memory has not happened.</summary>
    /// <param name="steps">Each model's step number, counted from 1.</param>
    internal static Rows Step(Rows before, Tensor gradients, IReadOnlyList<double> learningRates, IReadOnlyList<long> steps)
    {
        using var scope = NewDisposeScope();
        var models = steps.Count;
        var scalars = new float[2 * models];
        for (var i = 0; i < models; i++)
        {
            scalars[i] = (float)(-learningRates[i] / (1 - Math.Pow(Beta1, steps[i])));
            scalars[models + i] = (float)Math.Sqrt(1 - Math.Pow(Beta2, steps[i]));
        }

        var columns = tensor(scalars, [2, models, 1]).to(gradients.device);
        var (sizes, corrections) = (columns.select(0, 0), columns.select(0, 1));
        var average = before.Average.mul(Beta1).add_(gradients, 1 - Beta1);
        var square = before.Square.mul(Beta2).addcmul_(gradients, gradients, 1 - Beta2);
        var denominator = square.sqrt().div_(corrections).add_(Epsilon);
        var weights = average.div(denominator).mul_(sizes).add_(before.Weights);
        return new Rows(weights.MoveToOuterDisposeScope(), average.MoveToOuterDisposeScope(), square.MoveToOuterDisposeScope());
    }

    /// <param name="Weights">All parameters of a model.</param>
    /// <param name="Average">Running averages of their gradients.</param>
    /// <param name="Square">Running averages of the gradients' squares.</param>
    internal sealed record Rows(Tensor Weights, Tensor Average, Tensor Square);
}
