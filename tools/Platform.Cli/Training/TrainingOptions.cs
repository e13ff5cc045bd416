using System.CommandLine;

namespace Platform.Cli.Training;

/// <summary>The parameters of a run as options of <c>train</c>; what is not given is left to the registry.</summary>
internal sealed class TrainingOptions
{
    private static readonly string[] Modes = ["cold_start", "incremental", "full"];
    private static readonly string[] Schedules = ["constant", "cosine"];
    private static readonly string[] Rules = ["sigma", "q99", "q999"];
    private static readonly string[] Sources = ["validation", "training"];
    private static readonly string[] Devices = ["auto", "cpu", "cuda"];
    private static readonly string[] Precisions = ["fp32", "amp", "bf16"];

    private readonly Option<string?> mode = new("--mode")
    {
        Description = "cold_start: all archived days, without quality screen; incremental: one day and what is still pending; full: everything or the days given. By default full.",
    };

    private readonly Option<int?> useDaysAgo = new("--use-days-ago") { Description = "incremental: the day to take, counted back from today in the plant; by default 1, yesterday." };
    private readonly Option<string?> from = new("--from") { Description = "full: first day, yyyyMMdd or yyyy-MM-dd." };
    private readonly Option<string?> to = new("--to") { Description = "full: last day, yyyyMMdd or yyyy-MM-dd." };
    private readonly Option<double?> sampleHours = new("--sample-hours") { Description = "Hours of audio to draw at random; 0 for all." };
    private readonly Option<int?> minSamples = new("--min-samples") { Description = "Recordings without which training is not possible." };
    private readonly Option<long?> seed = new("--seed") { Description = "What everything random comes from." };
    private readonly Option<string?> device = new("--device") { Description = "What to train on: auto (a GPU with enough free memory, otherwise the CPU), cpu or cuda. By default auto." };
    private readonly Option<string?> precision = new("--precision") { Description = "fp32; amp: half precision on a GPU; bf16: on processors and GPUs that have it. By default fp32." };
    private readonly Option<int?> epochs = new("--epochs") { Description = "Budget in passes over the data instead of steps." };
    private readonly Option<int?> batchSize = new("--batch-size") { Description = "Patches per optimiser step; by default the registry's." };
    private readonly Option<int?> patience = new("--patience") { Description = "Evaluations without improvement before training stops; by default the registry's." };
    private readonly Option<int?> steps = new("--steps") { Description = "Training budget in optimiser steps; by default the registry's." };

    private readonly Option<double?> learningRate = new("--learning-rate") { Description = "Adam's learning rate; by default the registry's." };
    private readonly Option<int?> warmup = new("--warmup-steps") { Description = "Steps in which the learning rate rises to its full value; by default 0." };
    private readonly Option<string?> schedule = new("--lr-schedule") { Description = "What the learning rate does after that: constant or cosine. By default constant." };
    private readonly Option<double?> minLearningRate = new("--min-learning-rate") { Description = "Where cosine ends; by default 0." };
    private readonly Option<double?> validationFraction = new("--validation-fraction") { Description = "Share of the recordings held out for validation and thresholds; by default 0.2." };
    private readonly Option<double?> testFraction = new("--test-fraction") { Description = "Share that is only looked at when the model is finished; by default 0." };
    private readonly Option<double?> sigma = new("--threshold-sigma") { Description = "Standard deviations above the mean, for the rule sigma; by default 3." };
    private readonly Option<string?> rule = new("--threshold-rule") { Description = "Which threshold is used: margin (a multiple of the median that drift and noise stay below), sigma (mean plus standard deviations), q99 or q999 (quantiles). By default margin." };
    private readonly Option<string?> source = new("--threshold-from") { Description = "Whose scores it comes from: validation (held-out recordings) or training, for comparison. By default validation." };

    private readonly Option<bool> force = new("--force") { Description = "Skip the gate: the version is deployed whatever its error is compared with the champion's." };

    public TrainingOptions()
    {
        mode.AcceptOnlyFromAmong(Modes);
        schedule.AcceptOnlyFromAmong(Schedules);
        rule.AcceptOnlyFromAmong(Rules);
        source.AcceptOnlyFromAmong(Sources);
        device.AcceptOnlyFromAmong(Devices);
        precision.AcceptOnlyFromAmong(Precisions);
        steps.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1)
                result.AddError("--steps must be at least 1.");
        });
    }

    public void AddTo(Command command)
    {
        Option[] all =
        [
            mode, useDaysAgo, from, to, sampleHours, minSamples, seed, device, precision, steps, epochs, batchSize, patience, learningRate, warmup, schedule, minLearningRate,
            validationFraction, testFraction, sigma, rule, source, force,
        ];
        foreach (var option in all)
            command.Options.Add(option);
    }

    /// <summary>Body of the registry's <c>parameters</c>; ranges are checked there.</summary>
    public IReadOnlyDictionary<string, object> Read(ParseResult parse)
    {
        var given = new Dictionary<string, object?>
        {
            ["mode"] = parse.GetValue(mode),
            ["useDaysAgo"] = parse.GetValue(useDaysAgo),
            ["fromDay"] = parse.GetValue(from),
            ["toDay"] = parse.GetValue(to),
            ["sampleHours"] = parse.GetValue(sampleHours),
            ["minSamples"] = parse.GetValue(minSamples),
            ["seed"] = parse.GetValue(seed),
            ["maxSteps"] = parse.GetValue(steps),
            ["epochs"] = parse.GetValue(epochs),
            ["batchSize"] = parse.GetValue(batchSize),
            ["patience"] = parse.GetValue(patience),
            ["device"] = parse.GetValue(device),
            ["precision"] = parse.GetValue(precision),
            ["learningRate"] = parse.GetValue(learningRate),
            ["warmupSteps"] = parse.GetValue(warmup),
            ["lrSchedule"] = parse.GetValue(schedule),
            ["minLearningRate"] = parse.GetValue(minLearningRate),
            ["validationFraction"] = parse.GetValue(validationFraction),
            ["testFraction"] = parse.GetValue(testFraction),
            ["thresholdSigma"] = parse.GetValue(sigma),
            ["thresholdRule"] = parse.GetValue(rule),
            ["thresholdFrom"] = parse.GetValue(source),
            ["force"] = parse.GetValue(force) ? true : null,
        };
        return given.Where(parameter => parameter.Value is not null).ToDictionary(parameter => parameter.Key, parameter => parameter.Value!);
    }
}
