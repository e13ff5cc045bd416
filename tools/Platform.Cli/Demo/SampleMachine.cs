using Platform.Cli.Demo.Sound;

namespace Platform.Cli.Demo;

/// <summary>
/// A machine that the demo makes up. Everything is synthesised from seeds, so the recordings are free of any licence and the
/// same everywhere; docs/operations.md describes the recipes in words.
/// </summary>
internal abstract class SampleMachine
{
    public static IReadOnlyList<SampleMachine> All { get; } = [new SampleMotor(), new SamplePump(), new SamplePress()];

    public abstract string Device { get; }

    public abstract string MachineType { get; }

    public abstract IReadOnlyList<string> Faults { get; }

    /// <summary>One recording; equal arguments give equal bytes.</summary>
    /// <param name="fault">One of <see cref="Faults"/>, or null for a healthy machine.</param>
    /// <param name="take">Names the recording: another take is another moment of the same machine.</param>
    public Clip Record(string? fault, string take)
    {
        var clip = new Clip();
        // What any microphone in a hall hears: a little hum of everything else.
        var ambience = Randomness.For(Device, take, "ambience");
        clip.AddNoise(ambience, 0.004, null, Biquad.LowPass(1_500));
        clip.AddNoise(ambience, 0.0006, null);
        Healthy(clip, Randomness.For(Device, take, "machine"));
        if (fault is not null)
            Fail(clip, fault, Randomness.For(Device, take, fault));
        return clip;
    }

    protected abstract void Healthy(Clip clip, Randomness random);

    protected abstract void Fail(Clip clip, string fault, Randomness random);
}
