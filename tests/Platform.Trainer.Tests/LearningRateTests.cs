using Platform.Contracts;
using Platform.Models;
using Platform.Trainer.Training;

namespace Platform.Trainer.Tests;

public sealed class LearningRateTests
{
    private static readonly TrainingParameters Both = new()
    {
        LearningRate = 2e-3, MinLearningRate = 1e-4, WarmupSteps = 10, LrSchedule = LrSchedules.Cosine,
    };

    [Fact]
    public void It_is_constant_unless_asked_for() =>
        Assert.All([0, 1, 999], step => Assert.Equal(1e-3, LearningRate.At(step, 1000, new TrainingParameters())));

    [Theory]
    [InlineData(0, 2e-4)] // a tenth
    [InlineData(4, 1e-3)]
    [InlineData(9, 2e-3)] // warm
    [InlineData(10, 2e-3)] // the cosine's start
    [InlineData(60, 1.05e-3)] // half of the 100 steps that are left: the middle of both ends
    [InlineData(35, 1.7217514421272201e-3)] // a quarter: 1e-4 + 1.9e-3 · (1 + √½) / 2
    [InlineData(109, 1.0046876765255498e-4)] // the last: 1e-4 + 1.9e-3 · (1 + cos 0.99π) / 2
    public void It_warms_up_linearly_and_falls_by_half_a_cosine(int step, double lr) =>
        Assert.Equal(lr, LearningRate.At(step, 110, Both), 1e-15);

    [Fact]
    public void After_a_warm_up_alone_it_stays()
    {
        var parameters = Both with { LrSchedule = LrSchedules.Constant, MinLearningRate = 0 };

        Assert.Equal([1e-3, 2e-3, 2e-3, 2e-3], new[] { 4, 9, 10, 109 }.Select(step => LearningRate.At(step, 110, parameters)));
    }

    [Fact]
    public void Each_step_is_made_with_its_own_and_each_evaluation_says_which()
    {
        // One step per pass, so each step is evaluated. Adam's first step moves every parameter by its learning rate, nearly.
        var parameters = Both with { MaxSteps = 30, BatchSize = 128, LearningRate = 1e-2 };
        var plan = new TrainingPlan(
            new TrainingScope(ScopeModes.Device, "LT-2_all", null, "conv-ae", "device/LT-2_all/conv-ae", ["LT-2"]), parameters, new TestDataset(40, ["LT-2"]).Data);
        using var session = TrainingSession.Start(plan, TrainingSessionTests.NewState(plan), null);
        var before = Values(session);

        session.Train(() => true);
        var moved = before.Zip(Values(session), (old, now) => Math.Abs(now - old)).Max();
        session.Train(() => false);

        Assert.Equal(1e-3, moved, 1e-5);
        Assert.Equal(Enumerable.Range(0, 30).Select(step => LearningRate.At(step, 30, parameters)), session.State.Metrics.Select(point => point.Lr));
    }

    private static float[] Values(TrainingSession session) =>
        [.. session.Network.named_parameters().SelectMany(parameter => ModuleState.ToState(parameter.parameter).ToFloats())];
}
