using Platform.Cli.Demo.Sound;

namespace Platform.Cli.Demo;

/// <summary>Flow: broadband noise of water in pipes, broad bumps where the pipe resonates, and a faint blade-pass tone.</summary>
internal sealed class SamplePump : SampleMachine
{
    public override string Device => "pump-1";

    public override string MachineType => "pump";

    public override IReadOnlyList<string> Faults => ["cavitation", "leak"];

    protected override void Healthy(Clip clip, Randomness random)
    {
        var flow = new Drift(random, 0.08);
        clip.AddNoise(random, 0.06, flow.At, Biquad.LowPass(1_800), Biquad.HighPass(80));
        clip.AddNoise(random, 0.05, flow.At, Biquad.BandPass(640, 3));
        clip.AddNoise(random, 0.02, flow.At, Biquad.BandPass(2_300, 2));
        var speed = new Drift(random, 0.004);
        clip.AddHarmonics(n => 147 * speed.At(n), random.Uniform(0, 2 * Math.PI), [0.012, 0.006]);
    }

    protected override void Fail(Clip clip, string fault, Randomness random)
    {
        if (fault == "cavitation")
            Cavitation(clip, random);
        else
            Leak(clip, random);
    }

    /// <summary>Vapour bubbles collapse: some hundred sharp clicks a second at random times, loudest between 3 and 7 kHz ("gravel").</summary>
    private static void Cavitation(Clip clip, Randomness random)
    {
        const double clicksPerSecond = 220;
        var at = 0.0;
        while ((at -= Math.Log(1 - random.Uniform(0, 1)) / clicksPerSecond) < Clip.Seconds)
            clip.AddRing(at, random.Uniform(3_000, 7_000), random.Uniform(0.0004, 0.0012), random.Uniform(0.03, 0.14));
    }

    /// <summary>A seal leaks: a steady hiss above 4 kHz.</summary>
    private static void Leak(Clip clip, Randomness random) =>
        clip.AddNoise(random, random.Uniform(0.02, 0.03), null, Biquad.HighPass(4_200), Biquad.BandPass(5_600, 0.9));
}
