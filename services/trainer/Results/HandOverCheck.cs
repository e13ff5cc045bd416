using System.Globalization;
using Platform.Models;
using Platform.Trainer.Datasets;
using Platform.Trainer.Training;
using static TorchSharp.torch;

namespace Platform.Trainer.Results;

/// <summary>What a network must be able to do before anybody gets it; an <see cref="InvalidDataException"/> fails the run.</summary>
internal static class HandOverCheck
{
    // As far as an architecture may round a patch's size; scoring compares what both have.
    private const int SizeTolerance = 8;

    internal static void Shape(nn.Module<Tensor, Tensor> network, int nMels, int frames)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using var random = new Generator(0); // of its own: the run's numbers stay as they are
        var output = network.forward(rand([4, 1, nMels, frames], generator: random));
        if (output.shape is not [4, 1, var rows, var columns] || Math.Abs(rows - nMels) > SizeTolerance || Math.Abs(columns - frames) > SizeTolerance)
            throw new InvalidDataException($"The network turns [4, 1, {nMels}, {frames}] into [{string.Join(", ", output.shape)}]: it reconstructs nothing.");
        if (!output.isfinite().all().item<bool>())
            throw new InvalidDataException("The network's reconstruction of random patches is not a number.");
    }

    internal static void Finite(IEnumerable<RecordingScore> scores)
    {
        if (scores.SelectMany(score => score.PatchErrors).Any(error => !double.IsFinite(error)))
            throw new InvalidDataException("The network's reconstruction error is not a number for some patches.");
    }

    /// <summary>
    /// The held-out patches, or all when there are none, must be reconstructed better than by one constant; returns the
    /// constant's error.
    /// </summary>
    internal static double Errors(TrainingPlan plan, IReadOnlyList<RecordingScore> scores)
    {
        var (data, split) = (plan.Data, plan.Split);
        var judged = split.Validation.Count > 0 ? scores.Where(score => score.HeldOut) : scores;
        var loss = FinishedRun.MeanError(plan.Balanced, judged);
        var mean = DeviceBalance.Mean(
            plan.Balanced, split.Training.SelectMany(recording => recording.Patches.Select(patch => (recording.Device, Mean(data, patch)))));
        var baseline = DeviceBalance.Mean(
            plan.Balanced, judged.SelectMany(score => score.Recording.Patches.Select(patch => (score.Recording.Device, SquaredDistance(data, patch, mean)))));
        return loss < baseline
            ? baseline
            : throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"The network learned nothing: its loss {loss:g6} is not below {baseline:g6}, that of always predicting the mean. More steps, more data or another learning rate may help."));
    }

    private static double Mean(TrainingData data, int patch)
    {
        var sum = 0.0;
        foreach (var value in data.Gather([patch]))
            sum += value;
        return sum / data.PatchLength;
    }

    private static double SquaredDistance(TrainingData data, int patch, double from)
    {
        var sum = 0.0;
        foreach (var value in data.Gather([patch]))
            sum += (value - from) * (value - from);
        return sum / data.PatchLength;
    }
}
