using Platform.Cli.Demo.Sound;

namespace Platform.Cli.Demo;

/// <summary>Rotating: 24 harmonics of a shaft at about 29 Hz whose speed and load drift, and the noise of its fan.</summary>
internal sealed class SampleMotor : SampleMachine
{
    private const double ShaftHertz = 29.2;

    public override string Device => "motor-1";

    public override string MachineType => "motor";

    public override IReadOnlyList<string> Faults => ["bearing", "misalignment"];

    protected override void Healthy(Clip clip, Randomness random)
    {
        var speed = new Drift(random, 0.01);
        var load = new Drift(random, 0.12);
        var amplitudes = new double[24];
        for (var k = 0; k < amplitudes.Length; k++)
            amplitudes[k] = 0.05 / Math.Pow(k + 1, 0.8) * random.Uniform(0.9, 1.1);
        clip.AddHarmonics(n => ShaftHertz * speed.At(n), random.Uniform(0, 2 * Math.PI), amplitudes);
        clip.AddNoise(random, 0.03, load.At, Biquad.BandPass(900, 0.6));
    }

    protected override void Fail(Clip clip, string fault, Randomness random)
    {
        if (fault == "bearing")
            OuterRace(clip, random);
        else
            Misalignment(clip, random);
    }

    /// <summary>
    /// A pit in the outer race: each ball strikes it (3.58 times a turn here, with a little slip) and rings the housing at 3.4 kHz.
    /// </summary>
    private static void OuterRace(Clip clip, Randomness random)
    {
        var interval = 1 / (ShaftHertz * 3.58);
        for (var at = random.Uniform(0, interval); at < Clip.Seconds; at += interval * random.Uniform(0.98, 1.02))
        {
            clip.AddRing(at, 3_400, 0.0025, random.Uniform(0.05, 0.08));
            clip.AddRing(at, 5_700, 0.0015, random.Uniform(0.02, 0.04));
        }
    }

    /// <summary>Shafts out of line: twice the speed dominates, and the coupling's 24th harmonic carries sidebands of the shaft.</summary>
    private static void Misalignment(Clip clip, Randomness random)
    {
        var speed = new Drift(random, 0.01);
        clip.AddHarmonics(n => ShaftHertz * speed.At(n), random.Uniform(0, 2 * Math.PI), [0.03, 0.14, 0.05, 0.06]);
        foreach (var order in (double[])[46, 47, 48, 49, 50, 71, 72, 73])
            clip.AddHarmonics(n => ShaftHertz * order * speed.At(n), random.Uniform(0, 2 * Math.PI), [0.02]);
    }
}
