namespace Platform.Dsp;

/// <summary>Triangular mel filters of unit area (librosa's <c>norm="slaney"</c>). Immutable, so threads may share it.</summary>
/// <remarks>
/// Shape [NMels, NFft/2 + 1] over linear bins. Only the non-zero stretch of each filter is kept, so that applying the bank costs the bins
/// that the filters cover, about twice NFft/2, rather than NMels × NFft/2.
/// </remarks>
public sealed class MelFilterBank
{
    private readonly int[] _firstBin;
    private readonly double[][] _weights;

    public MelFilterBank(Extraction extraction)
    {
        ArgumentNullException.ThrowIfNull(extraction);
        extraction.Validate();
        NMels = extraction.NMels;
        Bins = extraction.NFft / 2 + 1;
        _firstBin = new int[NMels];
        _weights = new double[NMels][];

        // 1. band edges, equally spaced in mel
        var edges = MelBands.Edges(extraction);

        // 2. triangles over the bins; librosa keeps them as float32, so they are rounded likewise
        var dense = new double[Bins];
        for (var mel = 0; mel < NMels; mel++)
        {
            var area = 2 / (edges[mel + 2] - edges[mel]);
            for (var bin = 0; bin < Bins; bin++)
            {
                var hz = bin * (double)extraction.SampleRate / extraction.NFft;
                var rising = (hz - edges[mel]) / (edges[mel + 1] - edges[mel]);
                var falling = (edges[mel + 2] - hz) / (edges[mel + 2] - edges[mel + 1]);
                dense[bin] = (float)((float)Math.Max(0, Math.Min(rising, falling)) * area);
            }

            var first = Array.FindIndex(dense, weight => weight > 0);
            var last = Array.FindLastIndex(dense, weight => weight > 0);
            _firstBin[mel] = Math.Max(first, 0);
            _weights[mel] = first < 0 ? [] : dense[first..(last + 1)];
        }
    }

    public int NMels { get; }

    public int Bins { get; }

    /// <summary>The weights as librosa lays them out, [NMels, Bins].</summary>
    public float[] ToDense()
    {
        var dense = new float[NMels * Bins];
        for (var mel = 0; mel < NMels; mel++)
        {
            for (var i = 0; i < _weights[mel].Length; i++)
                dense[mel * Bins + _firstBin[mel] + i] = (float)_weights[mel][i];
        }

        return dense;
    }

    /// <summary>Sums power spectra [Bins], one per lane, into bands [NMels].</summary>
    internal void Apply<TLanes>(ReadOnlySpan<TLanes> spectra, Span<TLanes> bands) where TLanes : struct, ILanes<TLanes>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(spectra.Length, Bins);
        ArgumentOutOfRangeException.ThrowIfLessThan(bands.Length, NMels);
        for (var mel = 0; mel < _weights.Length; mel++)
            bands[mel] = Sum(_weights[mel], spectra.Slice(_firstBin[mel], _weights[mel].Length));
    }

    // Two sums, because each addition waits for the one before it.
    private static TLanes Sum<TLanes>(ReadOnlySpan<double> weights, ReadOnlySpan<TLanes> values) where TLanes : struct, ILanes<TLanes>
    {
        var (even, odd) = (TLanes.All(0), TLanes.All(0));
        var i = 0;
        for (; i + 1 < weights.Length && i + 1 < values.Length; i += 2)
        {
            even = TLanes.MultiplyAdd(values[i], TLanes.All(weights[i]), even);
            odd = TLanes.MultiplyAdd(values[i + 1], TLanes.All(weights[i + 1]), odd);
        }

        return i < weights.Length ? TLanes.MultiplyAdd(values[i], TLanes.All(weights[i]), even) + odd : even + odd;
    }
}
