using Platform.Trainer.Results;
using static TorchSharp.torch;

namespace Platform.Trainer.Tests;

/// <summary>Reads libtorch's generator, from which every network of this process is drawn.</summary>
[Collection(nameof(Alone))]
public sealed class HandOverCheckTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(8, -8)]
    public void A_reconstruction_may_be_a_little_larger_or_smaller(int rows, int columns) => HandOverCheck.Shape(new Resizing(rows, columns), 64, 32);

    [Theory]
    [InlineData(9, 0)]
    [InlineData(0, -9)]
    public void One_that_is_not_the_patch_any_more_is_refused(int rows, int columns)
    {
        var exception = Assert.Throws<InvalidDataException>(() => HandOverCheck.Shape(new Resizing(rows, columns), 64, 32));

        Assert.Contains($"[4, 1, 64, 32] into [4, 1, {64 + rows}, {32 + columns}]", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_that_answers_no_numbers_is_refused()
    {
        var exception = Assert.Throws<InvalidDataException>(() => HandOverCheck.Shape(new Resizing(0, 0, float.NaN), 16, 16));

        Assert.Contains("not a number", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_check_draws_from_no_generator_that_the_run_uses()
    {
        using var scope = NewDisposeScope();
        manual_seed(3).Dispose();
        var expected = rand([4]).data<float>().ToArray();

        manual_seed(3).Dispose();
        HandOverCheck.Shape(new Resizing(0, 0), 16, 16);

        Assert.Equal(expected, rand([4]).data<float>().ToArray());
    }

    private sealed class Resizing(int rows, int columns, float factor = 1) : nn.Module<Tensor, Tensor>(nameof(Resizing))
    {
        public override Tensor forward(Tensor input) =>
            zeros([input.shape[0], 1, input.shape[2] + rows, input.shape[3] + columns]) * factor;
    }
}
