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
    [InlineData("--mode cold_start", """{"mode":"cold_start"}""")]
    public void What_is_given_is_passed_on_and_what_is_not_is_left_to_the_registry(string arguments, string parameters)
    {
        var options = new TrainingOptions();
        var command = new Command("train");
        options.AddTo(command);

        Assert.Equal(parameters, JsonSerializer.Serialize(options.Read(command.Parse(arguments))));
    }
}
