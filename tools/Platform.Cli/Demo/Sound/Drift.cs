namespace Platform.Cli.Demo.Sound;

/// <summary>A slow change within a clip: a sine of a random period of 5 to 15 s around 1.</summary>
internal sealed class Drift(Randomness random, double depth)
{
    private readonly double omega = 2 * Math.PI / (random.Uniform(5, 15) * Clip.SampleRate);
    private readonly double phase = random.Uniform(0, 2 * Math.PI);

    public double At(int sample) => 1 + depth * Math.Sin(omega * sample + phase);
}
