namespace Platform.Contracts.Tests;

/// <summary>Words that stand in messages, tables and object keys of several services.</summary>
public sealed class ValuesTests
{
    [Fact]
    public void Words_are_the_ones_that_tables_and_tools_know()
    {
        Assert.Equal(["unlabelled", "normal", "verified_normal", "anomalous"], Labels.All);
        Assert.Equal(["none", "normal", "anomalous"], Verdicts.All);
        Assert.Equal(["device", "machine_type", "site", "global"], ScopeModes.All);
        Assert.Equal(["cold_start", "incremental", "full"], TrainingModes.All);
        Assert.Equal(["constant", "cosine"], LrSchedules.All);
        Assert.Equal(["margin", "sigma", "q99", "q999"], ThresholdRules.All);
        Assert.Equal(["validation", "training"], ThresholdSources.All);
        Assert.Equal(["auto", "cpu", "cuda"], TrainingDevices.All);
        Assert.Equal(["fp32", "amp", "bf16"], Precisions.All);
        Assert.Equal(["queued", "preparing", "running"], RunStates.Active);
    }

    [Fact]
    public void A_run_without_wishes_trains_as_the_design_says()
    {
        var parameters = new TrainingParameters();

        Assert.Equal((2_000, 32, 0.2), (parameters.MaxSteps, parameters.BatchSize, parameters.ValidationFraction));
        Assert.Equal((3.0, 2.0), (parameters.ThresholdSigma, parameters.RollbackFactor));
        Assert.Equal((0, "constant", 0.0), (parameters.WarmupSteps, parameters.LrSchedule, parameters.MinLearningRate));
        Assert.Equal(("margin", "validation"), (parameters.ThresholdRule, parameters.ThresholdFrom));
        Assert.Equal(0.0, parameters.TestFraction);
        Assert.Equal(("auto", "fp32"), (parameters.Device, parameters.Precision));
        Assert.Null(parameters.Epochs);
        Assert.True(parameters.AutoDeploy);
    }
}
