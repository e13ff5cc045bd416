namespace Platform.Dsp;

/// <summary>Maps a device's levels in dB to about 0 … 1: <c>(x − min) / (max − min + 1e-6)</c>.</summary>
public readonly record struct Scale(double Min, double Max)
{
    /// <summary>The divisor in dB; an error in normalised units squared times its square is the error in dB².</summary>
    public double Width => Max - Min + 1e-6;

    /// <summary>The smallest scale that covers both.</summary>
    public Scale Union(Scale other) => new(Math.Min(Min, other.Min), Math.Max(Max, other.Max));

    /// <summary>Normalises in place, in float32 as NumPy does with a float32 array.</summary>
    public void Normalise(Span<float> levels)
    {
        var (min, width) = ((float)Min, (float)Width);
        foreach (ref var level in levels)
            level = (level - min) / width;
    }
}
