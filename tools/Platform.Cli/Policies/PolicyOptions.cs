using System.CommandLine;

namespace Platform.Cli.Policies;

/// <summary>The fields of a policy as options of <c>policy set</c>; ranges are checked by the registry.</summary>
internal sealed class PolicyOptions
{
    private readonly List<(Option Option, string Field, Func<ParseResult, object?> Read)> fields = [];

    public PolicyOptions()
    {
        Add<bool?>("--auto-train", "autoTrain", "Train by itself: a first model as soon as there are min-samples recordings, then by the schedules without a scope.");
        Add<int?>("--min-samples", "minSamples", "Recordings without which training is not possible.");
        Add<double?>("--sample-hours", "sampleHours", "Hours of audio to draw at random; 0 for all.");
        Add<int?>("--use-days-ago", "useDaysAgo", "incremental: the day to take, counted back from today in the plant.");
        Add<int?>("--steps", "maxSteps", "Training budget in optimiser steps.");
        Add<int?>("--epochs", "epochs", "Budget in passes over the data instead of steps.");
        Add<int?>("--batch-size", "batchSize", "Patches per optimiser step.");
        Add<int?>("--patience", "patience", "Evaluations without improvement before training stops.");
        Add<int?>("--min-epochs", "minEpochs", "No early stop before this many passes.");
        Add<double?>("--learning-rate", "learningRate", "Adam's learning rate.");
        Add<int?>("--warmup-steps", "warmupSteps", "Steps in which the learning rate rises to its full value.");
        Add<string?>("--lr-schedule", "lrSchedule", "constant or cosine.");
        Add<double?>("--min-learning-rate", "minLearningRate", "Where cosine ends.");
        Add<double?>("--validation-fraction", "validationFraction", "Share of the recordings held out for validation and thresholds.");
        Add<double?>("--test-fraction", "testFraction", "Share that is only looked at when the model is finished.");
        Add<double?>("--threshold-sigma", "thresholdSigma", "Standard deviations above the mean, for the rule sigma.");
        Add<string?>("--threshold-rule", "thresholdRule", "margin, sigma, q99 or q999.");
        Add<string?>("--threshold-from", "thresholdFrom", "validation or training.");
        Add<double?>("--rollback-factor", "rollbackFactor", "A new version is rejected when its error exceeds this factor times the old one's.");
        Add<bool?>("--auto-deploy", "autoDeploy", "Deploy an accepted version without asking.");
        Add<long?>("--seed", "seed", "What everything random comes from.");
        Add<int?>("--threads", "threads", "Threads of a training; 0 lets the worker choose.");
        Add<string?>("--device", "device", "What to train on: auto, cpu or cuda.");
        Add<string?>("--precision", "precision", "fp32, amp or bf16.");
    }

    public IEnumerable<string> Fields => fields.Select(known => known.Field);

    public void AddTo(Command command)
    {
        foreach (var (option, _, _) in fields)
            command.Options.Add(option);
    }

    /// <summary>What was given.</summary>
    public Dictionary<string, object?> Read(ParseResult parse) => fields
        .Select(field => (field.Field, Value: field.Read(parse)))
        .Where(field => field.Value is not null)
        .ToDictionary(field => field.Field, field => field.Value);

    /// <summary>A field by its own name or that of its option, e.g. <c>sample-hours</c>; null for none.</summary>
    public string? FieldOf(string name) => fields
        .Where(field => field.Field == name || field.Option.Name == $"--{name.TrimStart('-')}")
        .Select(field => field.Field)
        .FirstOrDefault();

    private void Add<T>(string name, string field, string description)
    {
        var option = new Option<T?>(name) { Description = description };
        fields.Add((option, field, parse => parse.GetValue(option)));
    }
}
