using System.Security.Cryptography;
using Platform.Cli.Demo;
using Platform.Cli.Demo.Sound;
using Platform.Dsp;

namespace Platform.Cli.Tests;

public sealed class SampleMachineTests
{
    public static TheoryData<string> Devices => [.. SampleMachine.All.Select(machine => machine.Device)];

    private static SampleMachine Machine(string device) => SampleMachine.All.Single(machine => machine.Device == device);

    [Theory]
    [MemberData(nameof(Devices))]
    public void The_same_take_has_the_same_bytes_and_another_take_has_others(string device)
    {
        var machine = Machine(device);

        var first = SHA256.HashData(machine.Record(null, "train-001").ToWav());

        Assert.Equal(first, SHA256.HashData(machine.Record(null, "train-001").ToWav()));
        Assert.NotEqual(first, SHA256.HashData(machine.Record(null, "train-002").ToWav()));
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Every_recording_is_clearly_audible_and_far_from_clipping(string device)
    {
        var machine = Machine(device);
        foreach (var fault in machine.Faults.Append<string?>(null))
        {
            for (var take = 1; take <= 5; take++)
            {
                var samples = machine.Record(fault, $"take-{take}").Samples;

                var rms = Math.Sqrt(samples.Average(sample => sample * sample));
                Assert.InRange(rms, 0.01, 0.2);
                Assert.InRange(samples.Max(Math.Abs), 0.05, 0.9);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void The_platform_reads_what_is_written(string device)
    {
        var clip = Machine(device).Record(null, "train-001");

        using var stream = new MemoryStream(clip.ToWav());
        var audio = WavReader.Read(stream);

        Assert.Equal(Clip.SampleRate, audio.SampleRate);
        Assert.Equal(1, audio.Channels);
        Assert.Equal(clip.Samples.Length, audio.Samples.Length);
        for (var n = 0; n < clip.Samples.Length; n += 997)
            Assert.Equal(clip.Samples[n], audio.Samples[n], 1.0 / 32768);
    }

    /// <summary>Healthy recordings must differ less from each other than any fault differs from them, or nothing could find the fault.</summary>
    [Theory]
    [MemberData(nameof(Devices))]
    public void A_fault_changes_the_spectrum_more_than_two_healthy_takes_differ(string device)
    {
        var machine = Machine(device);
        var healthy = Enumerable.Range(1, 6).Select(take => MeanSpectrum(machine.Record(null, $"take-{take}"))).ToList();
        var reference = healthy[0];
        var usual = healthy.Skip(1).Max(spectrum => LargestDifference(spectrum, reference));

        foreach (var fault in machine.Faults)
        {
            for (var take = 1; take <= 3; take++)
                Assert.True(LargestDifference(MeanSpectrum(machine.Record(fault, $"take-{take}")), reference) > 1.5 * usual, $"{device} {fault} {take}");
        }
    }

    [Fact]
    public void A_take_louder_than_full_scale_is_an_error_and_is_not_cut_off()
    {
        var clip = new Clip();
        clip.AddRing(1, 500, 0.1, 2);

        Assert.Throws<OverflowException>(clip.ToWav);
    }

    [Fact]
    public void A_ring_has_its_frequency_and_its_decay()
    {
        const double hertz = 1_000, decay = 0.05;
        var clip = new Clip();
        clip.AddRing(0, hertz, decay, 0.5);

        foreach (var n in new[] { 0, 1, 17, 400, 1_600 })
        {
            var expected = 0.5 * Math.Exp(-n / (decay * Clip.SampleRate)) * Math.Sin(2 * Math.PI * hertz * n / Clip.SampleRate);
            Assert.Equal(expected, clip.Samples[n], 1e-9);
        }
    }

    [Fact]
    public void Harmonics_are_sines_of_multiples_of_the_speed()
    {
        var clip = new Clip();
        clip.AddHarmonics(_ => 50, 0, [0.1, 0, 0.05]);

        for (var n = 0; n < 5_000; n += 123)
        {
            var phase = 2 * Math.PI * 50 * (n + 1) / Clip.SampleRate;
            Assert.Equal(0.1 * Math.Sin(phase) + 0.05 * Math.Sin(3 * phase), clip.Samples[n], 1e-9);
        }
    }

    [Fact]
    public void Noise_has_mean_zero_and_variance_one()
    {
        var random = Randomness.For("noise");
        var values = Enumerable.Range(0, 200_000).Select(_ => random.Normal()).ToList();

        Assert.Equal(0, values.Average(), 0.01);
        Assert.Equal(1, values.Average(value => value * value), 0.02);
    }

    private static double[] MeanSpectrum(Clip clip)
    {
        using var stream = new MemoryStream(clip.ToWav());
        var extraction = new Extraction { WinSeconds = 2, HopSeconds = 2 };
        var features = new FeatureSetExtractor(extraction).Extract(WavReader.Read(stream));
        return [.. features.Summary.BandMean.Select(value => (double)value)];
    }

    private static double LargestDifference(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
}
