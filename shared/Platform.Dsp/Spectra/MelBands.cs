namespace Platform.Dsp;

/// <summary>Where the mel bands of an extraction lie in Hz.</summary>
public static class MelBands
{
    /// <summary>NMels + 2 frequencies, equally spaced in mel: band i begins at the i-th, is strongest at the next and ends at the one after.</summary>
    public static double[] Edges(Extraction extraction)
    {
        ArgumentNullException.ThrowIfNull(extraction);
        var scale = new MelScale(extraction.Mel == Extraction.HtkMel);
        var (low, high) = (scale.FromHz(extraction.FMin), scale.FromHz(extraction.UpperEdge));
        var edges = new double[extraction.NMels + 2];
        for (var i = 0; i < edges.Length; i++)
            edges[i] = scale.ToHz(low + (high - low) * i / (edges.Length - 1));
        return edges;
    }
}
