using System.Text.Json;
using Platform.Trainer.Training;
using static TorchSharp.torch;

namespace Platform.Trainer.Tests.Devices;

public sealed class GradScalerTests
{
    [Fact]
    public void Gradients_are_those_of_the_unscaled_loss()
    {
        using var scope = NewDisposeScope();
        var weight = nn.Parameter(tensor(new float[] { 1, -2, 3 }));
        var scaler = new GradScaler(new GradScalerState());

        scaler.Scale((weight * weight).sum()).backward();
        Assert.Equal([131_072, -262_144, 393_216], weight.grad!.data<float>());

        Assert.True(scaler.Unscale([weight]));
        Assert.Equal([2, -4, 6], weight.grad!.data<float>());
    }

    [Theory]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NaN)]
    public void A_step_with_an_overflow_anywhere_is_to_be_skipped(float value)
    {
        using var scope = NewDisposeScope();
        var good = nn.Parameter(ones([3]));
        var bad = nn.Parameter(ones([2]));
        var scaler = new GradScaler(new GradScalerState());
        (good.sum() + (bad * tensor(new[] { 1f, value })).sum()).backward();

        Assert.False(scaler.Unscale([bad, good]));
    }

    [Fact]
    public void The_scale_halves_after_an_overflow_and_doubles_after_two_thousand_good_steps_also_across_a_checkpoint()
    {
        var state = new GradScalerState();
        new GradScaler(state).Update(taken: false);
        Assert.Equal(32_768, state.Scale);

        for (var step = 0; step < 1_500; step++)
            new GradScaler(state).Update(taken: true);
        state = JsonSerializer.Deserialize<GradScalerState>(JsonSerializer.Serialize(state))!;
        for (var step = 0; step < 499; step++)
            new GradScaler(state).Update(taken: true);
        Assert.Equal(32_768, state.Scale);

        new GradScaler(state).Update(taken: true);
        Assert.Equal(65_536, state.Scale);
    }
}
