using Platform.Contracts;
using Platform.Models;
using Platform.Trainer.Datasets;

namespace Platform.Trainer.Training;

/// <summary>What a run does with its data: follows from the message and the dataset alone, so it is the same in every slice.</summary>
internal sealed class TrainingPlan
{
    // About two thirds of what 50 steps of 32 are fitted on, at a third of the cost of each.
    private const int MostWatched = 1_024;

    /// <exception cref="InvalidDataException">The parameters ask for something that cannot be done.</exception>
    internal TrainingPlan(TrainingScope scope, TrainingParameters parameters, TrainingData data)
    {
        if (Problem(parameters) is { } problem)
            throw new InvalidDataException(problem);
        Architecture = new Architecture { ModelType = scope.ModelType };
        if (Architecture.Problems().FirstOrDefault() is { } unknown)
            throw new InvalidDataException(unknown);
        if (data.PatchCount == 0)
            throw new InvalidDataException($"Dataset {data.Manifest.Id} has no patches.");

        (Parameters, Data) = (parameters, data);
        Split = DataSplit.Of(data, parameters.ValidationFraction, parameters.TestFraction, parameters.Seed);
        Balanced = scope.Aggregation == DeviceBalance.Balanced;
        WatchedPatches = Balanced ? DeviceBalance.Choose(Split.Validation, MostWatched) : DeviceBalance.EvenlySpaced(Split.ValidationPatches, MostWatched);
        StepsPerEpoch = (Split.TrainingPatches.Length + parameters.BatchSize - 1) / parameters.BatchSize;
        MaxSteps = parameters.Epochs is { } epochs ? checked(epochs * StepsPerEpoch) : parameters.MaxSteps;
        if (parameters.WarmupSteps >= MaxSteps)
            throw new InvalidDataException($"warmupSteps is {parameters.WarmupSteps}, allowed are fewer than the budget of {MaxSteps} steps.");
        if (Balanced)
            (Weights, WatchedWeights) = (WeightsOf(Split.Training, data), OfWatched(data));
    }

    internal TrainingParameters Parameters { get; }

    internal TrainingData Data { get; }

    internal DataSplit Split { get; }

    /// <summary>
    /// The held-out patches that are looked at during training. Of very many, evenly spaced ones: an evaluation every 50 steps over all
    /// of them would take longer than the training; where devices are balanced, an equal share of each.
    /// </summary>
    internal int[] WatchedPatches { get; }

    internal Architecture Architecture { get; }

    internal int StepsPerEpoch { get; }

    internal int MaxSteps { get; }

    /// <summary>See <see cref="DeviceBalance"/>.</summary>
    internal bool Balanced { get; }

    /// <summary>Weight of each patch of the dataset in the loss, 1 on average; null when all count the same.</summary>
    internal float[]? Weights { get; }

    /// <summary>Weight of each of the <see cref="WatchedPatches"/> in the validation loss, likewise.</summary>
    internal float[]? WatchedWeights { get; }

    /// <summary>The validation loss from the errors of the <see cref="WatchedPatches"/>.</summary>
    internal double WatchedLoss(double[] errors) =>
        WatchedWeights is { } weights ? errors.Zip(weights, (error, weight) => error * weight).Average() : errors.Average();

    /// <summary>
    /// Patches of one step. A pass is cut into equal parts rather than full ones and a rest: batch normalisation over a rest
    /// of one or two patches would disturb the running statistics.
    /// </summary>
    internal ReadOnlyMemory<int> Batch(ReadOnlyMemory<int> pass, int step)
    {
        var from = (int)((long)pass.Length * step / StepsPerEpoch);
        var to = (int)((long)pass.Length * (step + 1) / StepsPerEpoch);
        return pass[from..to];
    }

    /// <summary>The patches to fit in the order of pass <paramref name="epoch"/>.</summary>
    internal int[] Pass(int epoch)
    {
        var patches = Split.TrainingPatches;
        return Array.ConvertAll(Permutation.Of(patches.Length, Parameters.Seed, epoch), i => patches[i]);
    }

    /// <summary>By number in the dataset; patches of no recording given count nothing.</summary>
    private static float[] WeightsOf(IReadOnlyList<RecordingPatches> recordings, TrainingData data)
    {
        var ofDevice = DeviceBalance.Weights(recordings);
        var weights = new float[data.PatchCount];
        foreach (var recording in recordings)
        {
            foreach (var patch in recording.Patches)
                weights[patch] = (float)ofDevice[recording.Device];
        }

        return weights;
    }

    private float[] OfWatched(TrainingData data)
    {
        var watched = WatchedPatches.ToHashSet();
        var seen = Split.Validation.Select(recording => recording with { Patches = [.. recording.Patches.Where(watched.Contains)] }).ToList();
        var weights = WeightsOf([.. seen.Where(recording => recording.Patches.Length > 0)], data);
        return Array.ConvertAll(WatchedPatches, patch => weights[patch]);
    }

    private static string? Problem(TrainingParameters parameters) => parameters switch
    {
        { MaxSteps: < 1 or > 10_000_000 } => $"maxSteps is {parameters.MaxSteps}, allowed are 1 to 10000000.",
        { Epochs: < 1 or > 1_000_000 } => $"epochs is {parameters.Epochs}, allowed are 1 to 1000000.",
        { BatchSize: < 1 or > 4096 } => $"batchSize is {parameters.BatchSize}, allowed are 1 to 4096.",
        { LearningRate: not (> 0 and <= 1) } => $"learningRate is {parameters.LearningRate}, allowed are values above 0 up to 1.",
        { WarmupSteps: < 0 } => $"warmupSteps is {parameters.WarmupSteps}, at least 0 is needed.",
        { LrSchedule: not (LrSchedules.Constant or LrSchedules.Cosine) } =>
            $"lrSchedule is '{parameters.LrSchedule}', allowed are {string.Join(", ", LrSchedules.All)}.",
        { MinLearningRate: var least } when !(least >= 0 && least <= parameters.LearningRate) =>
            $"minLearningRate is {least}, allowed are 0 to learningRate, {parameters.LearningRate}.",
        { Patience: < 1 } => $"patience is {parameters.Patience}, at least 1 is needed.",
        { ValidationFraction: not (>= 0 and <= 0.9) } => $"validationFraction is {parameters.ValidationFraction}, allowed are 0 to 0.9.",
        { TestFraction: var test } when !(test >= 0 && test + parameters.ValidationFraction <= 0.9) =>
            $"testFraction is {test}, allowed are 0 up to 0.9 together with validationFraction, {parameters.ValidationFraction}.",
        { TestFraction: > 0, ValidationFraction: 0 } =>
            $"testFraction is {parameters.TestFraction} and validationFraction 0; a test set needs a validation split beside it.",
        { ThresholdSigma: not (>= 0 and <= 100) } => $"thresholdSigma is {parameters.ThresholdSigma}, allowed are 0 to 100.",
        { ThresholdRule: var rule } when !ThresholdRules.All.Contains(rule) =>
            $"thresholdRule is '{rule}', allowed are {string.Join(", ", ThresholdRules.All)}.",
        { ThresholdFrom: var from } when !ThresholdSources.All.Contains(from) =>
            $"thresholdFrom is '{from}', allowed are {string.Join(", ", ThresholdSources.All)}.",
        { Device: var device } when !TrainingDevices.All.Contains(device) =>
            $"device is '{device}', allowed are {string.Join(", ", TrainingDevices.All)}.",
        { Precision: var precision } when !Precisions.All.Contains(precision) =>
            $"precision is '{precision}', allowed are {string.Join(", ", Precisions.All)}.",
        { Threads: < 0 or > 1024 } => $"threads is {parameters.Threads}, allowed are 0 to 1024.",
        _ => null,
    };
}
