namespace Platform.Dsp;

/// <summary>
/// The colour map viridis (Smith and van der Walt, 2015): dark blue over green to yellow, evenly in lightness, also for the colour-blind.
/// </summary>
public static class Viridis
{
    // Chebyshev polynomials T0 … T9 over 0 … 1, fitted to the published colours of 0 … 1: each of the 256 differs by at most 1 of 255.
    private static readonly double[] Red = [0.40876, 0.29848, 0.25518, 0.08048, -0.03284, -0.01925, -0.00112, 0.00751, 0.00337, -0.00410];
    private static readonly double[] Green = [0.51872, 0.45467, -0.05738, -0.00484, -0.00850, 0.00078, 0.00206, 0.00089, -0.00055, -0.00086];
    private static readonly double[] Blue = [0.37588, -0.14676, -0.17067, 0.02110, 0.01484, 0.02881, 0.01475, 0.00524, 0.00506, -0.00114];

    /// <summary>256 colours of red, green, blue; the first is the darkest.</summary>
    public static byte[] Palette { get; } =
        [.. Enumerable.Range(0, 256).SelectMany(i => new[] { Red, Green, Blue }.Select(channel => Level(channel, i / 255.0)))];

    private static byte Level(double[] coefficients, double position)
    {
        var angle = Math.Acos(Math.Clamp(2 * position - 1, -1, 1)); // T_k(x) = cos(k·arccos x)
        var level = 0.0;
        for (var k = 0; k < coefficients.Length; k++)
            level += coefficients[k] * Math.Cos(k * angle);
        return (byte)Math.Round(255 * Math.Clamp(level, 0, 1));
    }
}
