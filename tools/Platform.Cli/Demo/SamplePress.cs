using Platform.Cli.Demo.Sound;

namespace Platform.Cli.Demo;

/// <summary>Periodic impacts: a belt-driven press that strikes four times a second and rings at its own frequencies.</summary>
internal sealed class SamplePress : SampleMachine
{
    private const double Period = 0.25;

    public override string Device => "press-1";

    public override string MachineType => "press";

    public override IReadOnlyList<string> Faults => ["looseness", "belt-slip"];

    protected override void Healthy(Clip clip, Randomness random)
    {
        clip.AddHarmonics(_ => 49.6, random.Uniform(0, 2 * Math.PI), [0.01, 0.006, 0.004]);
        clip.AddNoise(random, 0.012, null, Biquad.BandPass(500, 0.7));
        for (var at = random.Uniform(0, Period); at < Clip.Seconds; at += Period * random.Uniform(0.995, 1.005))
            Strike(clip, random, at);
    }

    protected override void Fail(Clip clip, string fault, Randomness random)
    {
        if (fault == "looseness")
            Looseness(clip, random);
        else
            BeltSlip(clip, random);
    }

    private static void Strike(Clip clip, Randomness random, double at)
    {
        var force = random.Uniform(0.92, 1.08);
        clip.AddRing(at, 310, 0.030, 0.16 * force);
        clip.AddRing(at, 820, 0.018, 0.10 * force);
        clip.AddRing(at, 1_950, 0.008, 0.05 * force);
    }

    /// <summary>A bolt came loose: after each blow a part rattles, a few small bright blows in quick succession.</summary>
    private static void Looseness(Clip clip, Randomness random)
    {
        for (var blow = random.Uniform(0, Period); blow < Clip.Seconds; blow += Period)
        {
            var at = blow;
            for (var rattle = 0; rattle < 6; rattle++, at += random.Uniform(0.012, 0.03))
                clip.AddRing(at, random.Uniform(4_200, 4_800), 0.005, 0.09 * Math.Pow(0.85, rattle));
        }
    }

    /// <summary>The belt slips: blows come late and uneven, between those of a sound drive, and the belt squeals while it slips.</summary>
    private static void BeltSlip(Clip clip, Randomness random)
    {
        for (var at = random.Uniform(0, Period); at < Clip.Seconds; at += Period * random.Uniform(0.6, 1.7))
            Strike(clip, random, at);
        var squeal = new Drift(random, 0.03);
        var rate = random.Uniform(1.2, 2.2);
        clip.AddNoise(random, 0.10, n => Math.Max(0, Math.Sin(2 * Math.PI * rate * n / Clip.SampleRate)), Biquad.BandPass(2_900, 12));
        clip.AddHarmonics(n => 2_900 * squeal.At(n), 0, [0.03, 0.012]);
    }
}
