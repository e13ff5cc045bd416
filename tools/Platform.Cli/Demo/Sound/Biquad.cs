namespace Platform.Cli.Demo.Sound;

/// <summary>A second-order filter (R. Bristow-Johnson's audio cookbook), transposed direct form II. Holds state: one per signal.</summary>
internal sealed class Biquad
{
    private readonly double b0, b1, b2, a1, a2;
    private double z1, z2;

    private Biquad(double b0, double b1, double b2, double a0, double a1, double a2) =>
        (this.b0, this.b1, this.b2, this.a1, this.a2) = (b0 / a0, b1 / a0, b2 / a0, a1 / a0, a2 / a0);

    public static Biquad LowPass(double hertz, double q = 0.707)
    {
        var (cosine, alpha) = Angles(hertz, q);
        return new((1 - cosine) / 2, 1 - cosine, (1 - cosine) / 2, 1 + alpha, -2 * cosine, 1 - alpha);
    }

    public static Biquad HighPass(double hertz, double q = 0.707)
    {
        var (cosine, alpha) = Angles(hertz, q);
        return new((1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2, 1 + alpha, -2 * cosine, 1 - alpha);
    }

    /// <summary>0 dB at the centre; the higher q, the narrower.</summary>
    public static Biquad BandPass(double hertz, double q)
    {
        var (cosine, alpha) = Angles(hertz, q);
        return new(alpha, 0, -alpha, 1 + alpha, -2 * cosine, 1 - alpha);
    }

    public double Next(double x)
    {
        var y = b0 * x + z1;
        z1 = b1 * x - a1 * y + z2;
        z2 = b2 * x - a2 * y;
        return y;
    }

    private static (double Cosine, double Alpha) Angles(double hertz, double q)
    {
        var omega = 2 * Math.PI * hertz / Clip.SampleRate;
        return (Math.Cos(omega), Math.Sin(omega) / (2 * q));
    }
}
