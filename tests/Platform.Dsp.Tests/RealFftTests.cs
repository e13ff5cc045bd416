namespace Platform.Dsp.Tests;

public sealed class RealFftTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(2048)]
    [InlineData(4096)]
    public void Power_in_every_lane_is_that_of_the_plain_fourier_sum(int length)
    {
        var random = new Random(length);
        var frames = Enumerable.Range(0, 4).Select(_ => Noise(random, length)).ToArray();
        var taper = Enumerable.Range(0, length).Select(_ => random.NextDouble()).ToArray();
        var (four, eight) = (Powers<FourLanes>(taper, frames), Powers<EightLanes>(taper, frames));

        Assert.Equal(four, eight); // the same operations, so the same bits
        for (var lane = 0; lane < 4; lane++)
        {
            var tapered = frames[lane].Zip(taper, (sample, weight) => sample * weight).ToArray();
            for (var k = 0; k <= length / 2; k += length / 64 + 1)
                Assert.Equal(PlainPower(tapered, k), four[lane][k], 1e-12 * length);
        }
    }

    [Fact]
    public void What_stands_in_the_other_lanes_changes_no_bit()
    {
        var random = new Random(5);
        var (frame, other, silence) = (Noise(random, 1024), Noise(random, 1024), new float[1024]);

        var alone = Powers<FourLanes>(Ones(1024), [frame, silence, silence, silence])[0];
        var amongOthers = Powers<FourLanes>(Ones(1024), [other, other, frame, silence])[2];

        Assert.Equal(alone, amongOthers);
    }

    [Fact]
    public void Energy_in_time_is_energy_in_frequency()
    {
        var random = new Random(3);
        for (var length = 64; length <= 65_536; length *= 2)
        {
            var frame = Noise(random, length);
            var power = PowerOf(frame);

            var energy = (2 * power.Sum() - power[0] - power[^1]) / length;
            Assert.Equal(1, energy / frame.Sum(sample => (double)sample * sample), 1e-12);
        }
    }

    [Fact]
    public void An_impulse_has_the_same_power_in_every_bin()
    {
        var frame = new float[1024];
        frame[300] = 0.5f;

        Assert.All(PowerOf(frame), power => Assert.Equal(0.25, power, 1e-14));
    }

    [Fact]
    public void A_sine_at_a_bin_centre_has_all_its_power_there()
    {
        var frame = Enumerable.Range(0, 1024).Select(n => (float)Math.Sin(2 * Math.PI * 37 * n / 1024)).ToArray();
        var power = PowerOf(frame);

        // The samples are rounded to float32, which is white noise 150 dB below.
        Assert.Equal(512.0 * 512.0, power[37], 0.1);
        Assert.All(power.Where((_, k) => k != 37), other => Assert.InRange(other, 0, 1e-11));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(32)]
    [InlineData(1000)]
    public void Other_lengths_are_refused_by_name(int length)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new RealFft<FourLanes>(Ones(length)));
        Assert.Contains(length.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, 0)]
    [InlineData(100, -64)]
    [InlineData(200, -1)]
    [InlineData(200, 73)]
    public void A_frame_that_is_not_in_the_signal_is_refused(int samples, int start)
    {
        var fft = new RealFft<FourLanes>(Ones(128));
        Assert.Throws<ArgumentOutOfRangeException>(() => fft.PowerSpectra(new float[samples], [start, start, start, start]));
    }

    [Fact]
    public void A_signal_shorter_than_a_frame_has_silence_beside_it()
    {
        var extraction = new Extraction { SampleRate = 16_000, NFft = 512, HopLength = 34, WinSeconds = 0.1, HopSeconds = 0.1, NMels = 8 };
        var signal = Noise(new Random(4), 500);
        var padded = new float[512 + 500 + 512];
        signal.CopyTo(padded, 512);
        var kernel = FrameKernel.Create(extraction);
        int[] starts = [.. Enumerable.Range(0, kernel.Lanes).Select(kernel.StartOf)];
        var (alone, beside) = (new float[8 * kernel.Lanes], new float[8 * kernel.Lanes]);

        kernel.Transform(signal, starts);
        kernel.Power(alone, kernel.Lanes);
        kernel.Transform(padded, [.. starts.Select(start => start + 512)]);
        kernel.Power(beside, kernel.Lanes);

        Assert.Equal(beside, alone);
    }

    private static double[] PowerOf(float[] frame) => Powers<FourLanes>(Ones(frame.Length), [frame, frame, frame, frame])[0];

    /// <summary>Power spectra of four frames, [frame][bin]; lanes beyond the fourth repeat it.</summary>
    private static double[][] Powers<TLanes>(double[] taper, float[][] frames) where TLanes : struct, ILanes<TLanes>
    {
        float[] signal = [.. frames.SelectMany(frame => frame)];
        int[] starts = [.. Enumerable.Range(0, TLanes.Count).Select(lane => Math.Min(lane, 3) * taper.Length)];
        var power = new RealFft<TLanes>(taper).PowerSpectra(signal, starts);
        var lanes = System.Runtime.InteropServices.MemoryMarshal.Cast<TLanes, double>(power).ToArray();
        var bins = power.Length;
        return [.. Enumerable.Range(0, 4).Select(frame => Enumerable.Range(0, bins).Select(k => lanes[k * TLanes.Count + frame]).ToArray())];
    }

    private static double[] Ones(int length) => [.. Enumerable.Repeat(1.0, length)];

    private static float[] Noise(Random random, int length) => [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];

    private static double PlainPower(double[] frame, int k)
    {
        var (re, im) = (0.0, 0.0);
        for (var n = 0; n < frame.Length; n++)
        {
            re += frame[n] * Math.Cos(2 * Math.PI * k * n / frame.Length);
            im -= frame[n] * Math.Sin(2 * Math.PI * k * n / frame.Length);
        }

        return re * re + im * im;
    }
}
