using Platform.Trainer.Training;

namespace Platform.Trainer.Tests;

public sealed class PermutationTests
{
    [Fact]
    public void An_order_is_a_pure_function_of_seed_and_stream()
    {
        // Written down so that a run which was started by an older version goes on in the same order.
        Assert.Equal([0, 1, 9, 4, 7, 3, 2, 8, 5, 6], Permutation.Of(10, seed: 42, stream: 3));
        Assert.Equal(Permutation.Of(1000, 42, 3), Permutation.Of(1000, 42, 3));
        Assert.NotEqual(Permutation.Of(1000, 42, 3), Permutation.Of(1000, 42, 4));
        Assert.NotEqual(Permutation.Of(1000, 42, 3), Permutation.Of(1000, 43, 3));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(999)]
    public void Every_number_occurs_once(int count) =>
        Assert.Equal(Enumerable.Range(0, count), Permutation.Of(count, 5, 0).Order());

    [Fact]
    public void Every_place_is_equally_likely()
    {
        var counts = new int[8];
        for (var stream = 0; stream < 8_000; stream++)
            counts[Array.IndexOf(Permutation.Of(8, 1, stream), 0)]++;

        // 1000 expected, standard deviation 30.
        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }
}
