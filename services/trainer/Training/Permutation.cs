namespace Platform.Trainer.Training;

/// <summary>Random orders that are pure functions of a run's seed, so that nothing random needs to be in a checkpoint.</summary>
internal static class Permutation
{
    /// <summary>The stream that splits recordings; epochs count from 0, so no order is used twice.</summary>
    internal const long Split = -1;

    /// <summary>0 … <paramref name="count"/> − 1 in the order that the seed gives this stream.</summary>
    internal static int[] Of(int count, long seed, long stream)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        var state = Mix((ulong)seed + Mix((ulong)stream));
        for (var i = count - 1; i > 0; i--)
        {
            // SplitMix64; the multiplication maps 64 random bits to 0 … i with a bias below 2⁻³².
            state += 0x9E3779B97F4A7C15;
            var j = (int)Math.BigMul(Mix(state), (ulong)(i + 1), out _);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
