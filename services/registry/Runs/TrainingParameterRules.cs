using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using Platform.Contracts;

namespace Platform.Registry.Runs;

/// <summary>The ranges within which a run can work at all; checked once here, so that no trainer learns it after the data is prepared.</summary>
internal static class TrainingParameterRules
{
    public static Dictionary<string, string> Check(TrainingParameters parameters)
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);

        OneOf("mode", parameters.Mode, TrainingModes.All);
        OneOf("lrSchedule", parameters.LrSchedule, LrSchedules.All);
        OneOf("thresholdRule", parameters.ThresholdRule, ThresholdRules.All);
        OneOf("thresholdFrom", parameters.ThresholdFrom, ThresholdSources.All);
        OneOf("device", parameters.Device, TrainingDevices.All);
        OneOf("precision", parameters.Precision, Precisions.All);

        Within(parameters.MaxSteps, 1, 1_000_000);
        if (parameters.Epochs is { } epochs)
            Within(epochs, 1, 100_000, "parameters.Epochs");
        Within(parameters.BatchSize, 1, 4_096);
        Within(parameters.LearningRate, 1e-8, 1.0);
        Within(parameters.WarmupSteps, 0, 1_000_000);
        Within(parameters.MinLearningRate, 0.0, 1.0);
        CheckSchedule(parameters, errors);
        Within(parameters.Patience, 1, 100_000);
        Within(parameters.MinEpochs, 0, 100_000);
        Within(parameters.ValidationFraction, 0.01, 0.9);
        Within(parameters.TestFraction, 0.0, 0.5);
        if (parameters.TestFraction > 0 && parameters.TestFraction + parameters.ValidationFraction > 0.9)
        {
            errors.TryAdd("parameters.testFraction", string.Create(
                CultureInfo.InvariantCulture,
                $"{parameters.TestFraction} leaves too little to fit; allowed is 0.9 together with validationFraction, {parameters.ValidationFraction}."));
        }

        Within(parameters.MinSamples, 1, 1_000_000);
        Within(parameters.UseDaysAgo, 0, 3_650);
        Within(parameters.SampleHours, 0.0, 1_000_000.0);
        Within(parameters.ThresholdSigma, 0.1, 100.0);
        Within(parameters.Seed, 0, long.MaxValue);
        Within(parameters.Threads, 0, 1_024);
        Within(parameters.RollbackFactor, 0.01, 1_000.0);
        CheckDays(parameters, errors);
        return errors;

        void OneOf(string name, string value, IReadOnlyList<string> allowed)
        {
            if (!allowed.Contains(value, StringComparer.Ordinal))
                errors[$"parameters.{name}"] = $"'{value}' is not allowed; allowed are {string.Join(", ", allowed)}.";
        }

        void Within<T>(T value, T min, T max, [CallerArgumentExpression(nameof(value))] string expression = "")
            where T : INumber<T>
        {
            if (value >= min && value <= max)
                return;
            var member = expression[(expression.LastIndexOf('.') + 1)..];
            errors[$"parameters.{char.ToLowerInvariant(member[0])}{member[1..]}"] = string.Create(
                CultureInfo.InvariantCulture, $"{value} is out of range; allowed is {min} to {max}.");
        }
    }

    private static void CheckSchedule(TrainingParameters parameters, Dictionary<string, string> errors)
    {
        if (parameters is { LrSchedule: LrSchedules.Constant, MinLearningRate: > 0 })
            Refuse("parameters.minLearningRate", $"{parameters.MinLearningRate} is not allowed with lrSchedule {LrSchedules.Constant}; it is where {LrSchedules.Cosine} ends.");
        else if (parameters.MinLearningRate > parameters.LearningRate)
            Refuse("parameters.minLearningRate", $"{parameters.MinLearningRate} is above learningRate; allowed is 0 to {parameters.LearningRate}.");

        // How many steps epochs are is known when the data is; the trainer refuses it then.
        if (parameters.Epochs is null && parameters.WarmupSteps > 0 && parameters.WarmupSteps >= parameters.MaxSteps)
            Refuse("parameters.warmupSteps", $"{parameters.WarmupSteps} is the whole budget; allowed are fewer than maxSteps, {parameters.MaxSteps}.");

        void Refuse(string field, FormattableString reason) => errors.TryAdd(field, reason.ToString(CultureInfo.InvariantCulture));
    }

    private static void CheckDays(TrainingParameters parameters, Dictionary<string, string> errors)
    {
        var from = Read(parameters.FromDay, "parameters.fromDay");
        var to = Read(parameters.ToDay, "parameters.toDay");
        if (from > to)
            errors["parameters.toDay"] = $"'{parameters.ToDay}' is before fromDay '{parameters.FromDay}'; allowed is that day or a later one.";

        DateOnly? Read(string? text, string field)
        {
            if (text is null)
                return null;
            if (!Days.TryParse(text, out var day))
            {
                errors[field] = $"'{text}' is not a day; allowed is {Days.Allowed}.";
                return null;
            }

            // The other modes choose their days themselves: a limit that is taken and then not kept would be worse than a refusal.
            if (parameters.Mode != TrainingModes.Full)
                errors[field] = $"'{text}' is not allowed in mode {parameters.Mode}; days are given in mode {TrainingModes.Full} only.";
            return day;
        }
    }
}
