namespace Platform.Cli.Demo.Sound;

/// <summary>Random numbers that are the same for a seed on every machine and in every version (SplitMix64).</summary>
internal sealed class Randomness(ulong seed)
{
    private ulong state = seed;

    /// <summary>A stream for a named purpose that does not depend on how much others have drawn.</summary>
    public static Randomness For(params ReadOnlySpan<string> purpose)
    {
        var hash = 14695981039346656037UL; // FNV-1a: string.GetHashCode differs from process to process
        foreach (var part in purpose)
        {
            foreach (var letter in part)
                hash = (hash ^ letter) * 1099511628211UL;
            hash = (hash ^ 0xFF) * 1099511628211UL;
        }

        return new(hash);
    }

    public ulong NextBits()
    {
        var z = state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [low, high).</summary>
    public double Uniform(double low, double high) => low + (high - low) * (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Close to normal, mean 0, variance 1: twelve uniform numbers, cheap and bounded by ±6.</summary>
    public double Normal()
    {
        long sum = 0;
        for (var i = 0; i < 3; i++)
        {
            var bits = NextBits();
            sum += (long)(bits & 0xFFFF) + (long)((bits >> 16) & 0xFFFF) + (long)((bits >> 32) & 0xFFFF) + (long)(bits >> 48);
        }

        return sum / 65536.0 - 6;
    }
}
