namespace Platform.Dsp;

/// <summary>
/// The low-pass of a <see cref="Resampler"/> from one rate to another, as rows of taps: one row per position that an output sample can
/// have between two input samples. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// Sinc under a Kaiser window, cutoff in the middle of a transition from 0.9 to 1.0 of the lower Nyquist frequency. Shape [rows, taps],
/// taps a multiple of <see cref="TapAlignment"/>; rows are L = out / gcd, so every position has its own. Where that table would be too
/// large (44099 → 16000 has 16000 positions), rows are spaced evenly instead, one more closes the interval, and the resampler
/// interpolates between two of them; at <see cref="RowsPerSample"/> rows per sample of the lower rate that is off by
/// (π / rows)² / 8, below −118 dB. Reference: Kaiser (1974); Crochiere and Rabiner, Multirate Digital Signal Processing, ch. 4.
/// </remarks>
internal sealed class PolyphaseFilter
{
    internal const int TapAlignment = 32;

    private const double StopBandDb = 90; // 10 dB below what is promised, because many images add up
    private const double TransitionWidth = 0.1; // of the lower Nyquist frequency
    private const int MaxTableTaps = 256 * 1024; // 1 MiB; 160 rows of 320 for 44.1 → 16 kHz
    private const int RowsPerSample = 1024;
    private const int KeptFilters = 8;

    // A fleet has a few rates; a stranger's files may have many, so only the latest are kept.
    private static readonly LinkedList<PolyphaseFilter> Latest = new();
    private static readonly Lock LatestLock = new();

    private readonly float[] _taps;

    private PolyphaseFilter(int fromRate, int toRate)
    {
        (FromRate, ToRate) = (fromRate, toRate);
        var gcd = GreatestCommonDivisor(fromRate, toRate);
        (Up, Down) = (toRate / gcd, fromRate / gcd);

        // 1. taps: Kaiser's formula, width of the transition as a part of the input rate
        var lower = Math.Min(1, (double)toRate / fromRate); // of the input rate
        var half = (int)Math.Ceiling(((StopBandDb - 7.95) / (14.36 * TransitionWidth * lower / 2) + 1) / 2);
        Taps = (2 * half + TapAlignment - 1) / TapAlignment * TapAlignment;
        Before = half - 1;

        // 2. rows
        Interpolated = (long)Up * Taps > MaxTableTaps;
        Rows = Interpolated ? (int)Math.Ceiling(RowsPerSample * lower) : Up;
        _taps = new float[(Rows + (Interpolated ? 1 : 0)) * Taps];
        var row = new double[2 * half];
        for (var r = 0; r < _taps.Length / Taps; r++)
        {
            var sum = 0.0;
            for (var k = 0; k < row.Length; k++)
                sum += row[k] = Kernel(k - Before - (double)r / Rows, half, lower * (1 - TransitionWidth / 2));
            for (var k = 0; k < row.Length; k++)
                _taps[r * Taps + k] = (float)(row[k] / sum); // every row passes a constant unchanged
        }
    }

    internal int FromRate { get; }

    internal int ToRate { get; }

    /// <summary>L: output samples per <see cref="Down"/> input samples.</summary>
    internal int Up { get; }

    /// <summary>M.</summary>
    internal int Down { get; }

    /// <summary>Floats of one row.</summary>
    internal int Taps { get; }

    /// <summary>Input samples that a row takes in front of the output's own position.</summary>
    internal int Before { get; }

    /// <summary>Positions between two input samples that have a row.</summary>
    internal int Rows { get; }

    /// <summary>Rows are spaced evenly and not the positions themselves.</summary>
    internal bool Interpolated { get; }

    internal ReadOnlySpan<float> Row(int index) => _taps.AsSpan(index * Taps, Taps);

    internal static PolyphaseFilter For(int fromRate, int toRate)
    {
        lock (LatestLock)
        {
            for (var node = Latest.First; node is not null; node = node.Next)
            {
                if ((node.Value.FromRate, node.Value.ToRate) != (fromRate, toRate))
                    continue;
                Latest.Remove(node);
                Latest.AddFirst(node);
                return node.Value;
            }
        }

        var made = new PolyphaseFilter(fromRate, toRate); // tens of milliseconds: not under the lock; two threads may make the same
        lock (LatestLock)
        {
            Latest.AddFirst(made);
            if (Latest.Count > KeptFilters)
                Latest.RemoveLast();
        }

        return made;
    }

    private static int GreatestCommonDivisor(int a, int b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);

    /// <param name="time">In input samples.</param>
    /// <param name="cutoff">Of the input's Nyquist frequency.</param>
    private static double Kernel(double time, int half, double cutoff)
    {
        const double beta = 0.1102 * (StopBandDb - 8.7);
        var edge = time / half;
        if (Math.Abs(edge) >= 1)
            return 0;
        var angle = Math.PI * cutoff * time;
        var sinc = angle == 0 ? 1 : Math.Sin(angle) / angle;
        return cutoff * sinc * BesselI0(beta * Math.Sqrt(1 - edge * edge));
    }

    private static double BesselI0(double x)
    {
        var (sum, term) = (1.0, 1.0);
        for (var k = 1; term > sum * 1e-17; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }

        return sum;
    }
}
