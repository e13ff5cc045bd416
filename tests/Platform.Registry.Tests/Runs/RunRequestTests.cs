using Platform.Contracts;
using Platform.Registry.Runs;

namespace Platform.Registry.Tests.Runs;

public sealed class RunRequestTests
{
    [Fact]
    public void The_defaults_are_within_their_own_ranges() => Assert.Empty(TrainingParameterRules.Check(new()));

    public static TheoryData<string, string, string> OutOfRange => new()
    {
        { "mode", "parameters.mode", "'sideways' is not allowed; allowed are cold_start, incremental, full." },
        { "maxSteps", "parameters.maxSteps", "0 is out of range; allowed is 1 to 1000000." },
        { "epochs", "parameters.epochs", "-3 is out of range; allowed is 1 to 100000." },
        { "batchSize", "parameters.batchSize", "4097 is out of range; allowed is 1 to 4096." },
        { "learningRate", "parameters.learningRate", "0 is out of range; allowed is 1E-08 to 1." },
        { "learningRate NaN", "parameters.learningRate", "NaN is out of range" },
        { "warmupSteps", "parameters.warmupSteps", "-1 is out of range; allowed is 0 to 1000000." },
        { "warmupSteps of the whole budget", "parameters.warmupSteps", "2000 is the whole budget; allowed are fewer than maxSteps, 2000." },
        { "lrSchedule", "parameters.lrSchedule", "'linear' is not allowed; allowed are constant, cosine." },
        { "minLearningRate", "parameters.minLearningRate", "-0.001 is out of range; allowed is 0 to 1." },
        { "minLearningRate NaN", "parameters.minLearningRate", "NaN is out of range" },
        { "minLearningRate of constant", "parameters.minLearningRate", "1E-05 is not allowed with lrSchedule constant" },
        { "minLearningRate above the highest", "parameters.minLearningRate", "0.01 is above learningRate; allowed is 0 to 0.001." },
        { "patience", "parameters.patience", "0 is out of range" },
        { "minEpochs", "parameters.minEpochs", "-1 is out of range; allowed is 0 to 100000." },
        { "validationFraction", "parameters.validationFraction", "1 is out of range; allowed is 0.01 to 0.9." },
        { "testFraction", "parameters.testFraction", "-0.1 is out of range; allowed is 0 to 0.5." },
        { "testFraction NaN", "parameters.testFraction", "NaN is out of range" },
        { "testFraction with validationFraction", "parameters.testFraction", "0.4 leaves too little to fit; allowed is 0.9 together with validationFraction, 0.6." },
        { "minSamples", "parameters.minSamples", "0 is out of range" },
        { "useDaysAgo", "parameters.useDaysAgo", "-1 is out of range; allowed is 0 to 3650." },
        { "sampleHours", "parameters.sampleHours", "-0.5 is out of range; allowed is 0 to 1000000." },
        { "sampleHours NaN", "parameters.sampleHours", "NaN is out of range" },
        { "fromDay", "parameters.fromDay", "'2026-02-30' is not a day; allowed is yyyyMMdd or yyyy-MM-dd." },
        { "toDay", "parameters.toDay", "'tomorrow' is not a day" },
        { "days turned round", "parameters.toDay", "'20260301' is before fromDay '2026-03-02'" },
        { "days of incremental", "parameters.fromDay", "'20260301' is not allowed in mode incremental" },
        { "days of cold_start", "parameters.toDay", "'20260301' is not allowed in mode cold_start" },
        { "thresholdSigma", "parameters.thresholdSigma", "-3 is out of range" },
        { "thresholdRule", "parameters.thresholdRule", "'q95' is not allowed; allowed are margin, sigma, q99, q999." },
        { "thresholdFrom", "parameters.thresholdFrom", "'test' is not allowed; allowed are validation, training." },
        { "device", "parameters.device", "'gpu' is not allowed; allowed are auto, cpu, cuda." },
        { "precision", "parameters.precision", "'fp16' is not allowed; allowed are fp32, amp, bf16." },
        { "seed", "parameters.seed", "-1 is out of range" },
        { "threads", "parameters.threads", "1025 is out of range; allowed is 0 to 1024." },
        { "rollbackFactor", "parameters.rollbackFactor", "0 is out of range; allowed is 0.01 to 1000." },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void A_parameter_out_of_range_is_named_with_its_value_and_range(string change, string field, string message)
    {
        var errors = TrainingParameterRules.Check(Changed(change));

        Assert.Contains(message, Assert.Contains(field, (IReadOnlyDictionary<string, string>)errors), StringComparison.Ordinal);
        Assert.Single(errors);
    }

    private static TrainingParameters Changed(string change) => change switch
    {
        "mode" => new() { Mode = "sideways" },
        "maxSteps" => new() { MaxSteps = 0 },
        "epochs" => new() { Epochs = -3 },
        "batchSize" => new() { BatchSize = 4_097 },
        "learningRate" => new() { LearningRate = 0 },
        "learningRate NaN" => new() { LearningRate = double.NaN },
        "warmupSteps" => new() { WarmupSteps = -1 },
        "warmupSteps of the whole budget" => new() { WarmupSteps = 2_000 },
        "lrSchedule" => new() { LrSchedule = "linear" },
        "device" => new() { Device = "gpu" },
        "precision" => new() { Precision = "fp16" },
        "minLearningRate" => new() { LrSchedule = LrSchedules.Cosine, MinLearningRate = -1e-3 },
        "minLearningRate NaN" => new() { LrSchedule = LrSchedules.Cosine, MinLearningRate = double.NaN },
        "minLearningRate of constant" => new() { MinLearningRate = 1e-5 },
        "minLearningRate above the highest" => new() { LrSchedule = LrSchedules.Cosine, MinLearningRate = 0.01 },
        "patience" => new() { Patience = 0 },
        "minEpochs" => new() { MinEpochs = -1 },
        "validationFraction" => new() { ValidationFraction = 1 },
        "testFraction" => new() { TestFraction = -0.1 },
        "testFraction NaN" => new() { TestFraction = double.NaN },
        "testFraction with validationFraction" => new() { TestFraction = 0.4, ValidationFraction = 0.6 },
        "minSamples" => new() { MinSamples = 0 },
        "useDaysAgo" => new() { UseDaysAgo = -1 },
        "sampleHours" => new() { SampleHours = -0.5 },
        "sampleHours NaN" => new() { SampleHours = double.NaN },
        "fromDay" => new() { FromDay = "2026-02-30" },
        "toDay" => new() { ToDay = "tomorrow" },
        "days turned round" => new() { FromDay = "2026-03-02", ToDay = "20260301" },
        "days of incremental" => new() { Mode = TrainingModes.Incremental, FromDay = "20260301" },
        "days of cold_start" => new() { Mode = TrainingModes.ColdStart, ToDay = "20260301" },
        "thresholdSigma" => new() { ThresholdSigma = -3 },
        "thresholdRule" => new() { ThresholdRule = "q95" },
        "thresholdFrom" => new() { ThresholdFrom = "test" },
        "seed" => new() { Seed = -1 },
        "threads" => new() { Threads = 1_025 },
        "rollbackFactor" => new() { RollbackFactor = 0 },
        _ => throw new ArgumentOutOfRangeException(nameof(change), change, "no such change"),
    };

    [Fact]
    public void A_warm_up_and_a_cosine_are_allowed_together() => Assert.Empty(TrainingParameterRules.Check(
        new() { WarmupSteps = 1_999, LrSchedule = LrSchedules.Cosine, LearningRate = 1e-3, MinLearningRate = 1e-3 }));

    [Fact]
    public void One_day_of_a_full_run_is_allowed() => Assert.Empty(TrainingParameterRules.Check(new() { FromDay = "2026-03-01", ToDay = "20260301" }));

    [Theory]
    [InlineData("night-run_2.b", null)]
    [InlineData("a/b", "is not allowed")]
    [InlineData("", "is not allowed")]
    [InlineData("-dash-first", "is not allowed")]
    [InlineData("line\n", "is not allowed")]
    [InlineData("0f8fad5b-d9cb-469f-a165-70867728950e", "reads as a run id")]
    [InlineData("0f8fad5bd9cb469fa16570867728950e", "reads as a run id")]
    public void A_name_must_be_usable_as_a_folder_and_not_read_as_an_id(string name, string? error)
    {
        var errors = new RunRequest(Name: name).Check(out _);

        if (error is null)
            Assert.Empty(errors);
        else
            Assert.Contains(error, errors["name"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_nobody_named_is_named_after_scope_type_time_and_id()
    {
        var name = RunName.For(
            ScopeModes.Global, "selected_sites/S001_S002", "conv-ae",
            new DateTimeOffset(2026, 3, 4, 1, 2, 3, TimeSpan.FromHours(2)), Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"));

        Assert.Equal("global_selected_sites-S001_S002_conv-ae_20260303_230203_0f8fad", name);
    }
}
