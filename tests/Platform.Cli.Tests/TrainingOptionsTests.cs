using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Training;

namespace Platform.Cli.Tests;

public sealed class TrainingOptionsTests
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("--mode incremental --use-days-ago 0 --min-samples 20", """{"mode":"incremental","useDaysAgo":0,"minSamples":20}""")]
    [InlineData(
        "--mode full --from 20260301 --to 2026-03-07 --sample-hours 1.5 --seed 7 --steps 400",
        """{"mode":"full","fromDay":"20260301","toDay":"2026-03-07","sampleHours":1.5,"seed":7,"maxSteps":400}""")]
    [InlineData(
        "--learning-rate 0.002 --warmup-steps 50 --lr-schedule cosine --min-learning-rate 1e-5",
        """{"learningRate":0.002,"warmupSteps":50,"lrSchedule":"cosine","minLearningRate":1E-05}""")]
    [InlineData(
        "--threshold-sigma 2.5 --threshold-rule q99 --threshold-from training",
        """{"thresholdSigma":2.5,"thresholdRule":"q99","thresholdFrom":"training"}""")]
    [InlineData("--validation-fraction 0.15 --test-fraction 0.15", """{"validationFraction":0.15,"testFraction":0.15}""")]
    [InlineData("--mode cold_start", """{"mode":"cold_start"}""")]
    public void What_is_given_is_passed_on_and_what_is_not_is_left_to_the_registry(string arguments, string parameters)
    {
        var options = new TrainingOptions();
        var command = new Command("train");
        options.AddTo(command);

        Assert.Equal(parameters, JsonSerializer.Serialize(options.Read(command.Parse(arguments))));
    }

    [Theory]
    [InlineData("--lr-schedule linear", "cosine")]
    [InlineData("--threshold-rule q95", "q999")]
    [InlineData("--threshold-from test", "training")]
    public void A_word_that_is_not_known_is_refused_with_those_that_are(string arguments, string known)
    {
        var command = new Command("train");
        new TrainingOptions().AddTo(command);

        Assert.Contains(known, Assert.Single(command.Parse(arguments).Errors).Message, StringComparison.Ordinal);
    }
}
