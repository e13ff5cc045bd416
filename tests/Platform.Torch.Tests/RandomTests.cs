namespace Platform.Torch.Tests;

public sealed class RandomTests
{
    [Fact]
    public void A_seed_gives_PyTorchs_numbers()
    {
        using var scope = NewDisposeScope();
        manual_seed(0);

        // torch.manual_seed(0); torch.rand(3), torch.randn(3), torch.randperm(5) of PyTorch 1.13
        Assert.Equal([0.4962566f, 0.7682218f, 0.0884774f], rand(3).data<float>().ToArray(), Near);
        manual_seed(0);
        Assert.Equal([1.5409961f, -0.2934289f, -2.1787894f], randn(3).data<float>().ToArray(), Near);

        static bool Near(float a, float b) => Math.Abs(a - b) < 1e-6f;
    }

    [Fact]
    public void The_state_can_be_saved_and_restored()
    {
        using var scope = NewDisposeScope();
        manual_seed(42);
        _ = rand(10);
        var state = get_rng_state();
        var first = randn(100);

        set_rng_state(state);

        Assert.True(first.Equals(randn(100)));
        Assert.Equal(42, initial_seed());
        var bytes = state.bytes.ToArray();
        set_rng_state(tensor(bytes));
        Assert.True(first.Equals(randn(100)));
    }

    [Fact]
    public void Generators_are_independent_and_repeatable()
    {
        using var scope = NewDisposeScope();
        using var one = new Generator(7);
        using var other = new Generator(7);

        var order = randperm(50, generator: one);
        _ = rand(5);

        Assert.True(order.Equals(randperm(50, generator: other)));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i), order.data<long>().Order());
        one.manual_seed(9);
        other.set_state(one.get_state());
        Assert.True(rand([4], generator: one).Equals(rand([4], generator: other)));
        Assert.True(zeros(4).uniform_(0, 1, one).Equals(zeros(4).uniform_(0, 1, other)));
        Assert.True(zeros(4).normal_(generator: one).Equals(zeros(4).normal_(generator: other)));
        Assert.InRange(randint(3, 6, [100], generator: one).max().item<long>(), 3, 5);
    }

    [Fact]
    public void The_number_of_threads_is_set_and_does_not_change_an_elementwise_result()
    {
        using var scope = NewDisposeScope();
        var before = get_num_threads();
        var x = rand(1 << 18);
        try
        {
            set_num_threads(1);
            Assert.Equal(1, get_num_threads());
            var alone = x.exp();
            set_num_threads(2);
            Assert.Equal(2, get_num_threads());
            Assert.True(alone.Equals(x.exp()));
        }
        finally
        {
            set_num_threads(before);
        }
    }
}
