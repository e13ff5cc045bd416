using Platform.Contracts;

namespace Platform.Trainer.Training;

/// <summary>
/// The learning rate of each step, a pure function of the step and the run's parameters: a checkpoint needs none of it.
/// Linear warm-up from <c>lr / warmup</c> to <c>lr</c>, then constant or half a cosine down to the least, which the step
/// after the last one would have (Loshchilov and Hutter 2016, without restarts).
/// </summary>
internal static class LearningRate
{
    /// <param name="step">Steps taken before this one.</param>
    /// <param name="maxSteps">The budget; early stopping does not shorten the cosine.</param>
    internal static double At(int step, int maxSteps, TrainingParameters parameters)
    {
        var (highest, lowest, warmup) = (parameters.LearningRate, parameters.MinLearningRate, parameters.WarmupSteps);
        if (step < warmup)
            return highest * (step + 1) / warmup;
        if (parameters.LrSchedule == LrSchedules.Constant)
            return highest;

        var done = (double)(step - warmup) / (maxSteps - warmup);
        return lowest + (highest - lowest) * (1 + Math.Cos(Math.PI * done)) / 2;
    }
}
