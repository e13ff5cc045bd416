namespace Platform.Dsp.Tests;

public sealed class RealFftTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(256)]
    [InlineData(1024)]
    public void Power_is_that_of_the_plain_fourier_sum(int length)
    {
        var random = new Random(length);
        for (var trial = 0; trial < 5; trial++)
        {
            var frame = Enumerable.Range(0, length).Select(_ => random.NextDouble() * 2 - 1).ToArray();
            var power = PowerOf(frame);

            for (var k = 0; k <= length / 2; k++)
                Assert.Equal(PlainPower(frame, k), power[k], 1e-9 * length);
        }
    }

    [Fact]
    public void Energy_in_time_is_energy_in_frequency()
    {
        var random = new Random(3);
        for (var length = 8; length <= 65_536; length *= 2)
        {
            var frame = Enumerable.Range(0, length).Select(_ => random.NextDouble() - 0.5).ToArray();
            var power = PowerOf(frame);

            var energy = (2 * power.Sum() - power[0] - power[^1]) / length;
            Assert.Equal(1, energy / frame.Sum(sample => sample * sample), 1e-12);
        }
    }

    [Fact]
    public void An_impulse_has_the_same_power_in_every_bin()
    {
        var frame = new double[1024];
        frame[300] = 0.5;

        Assert.All(PowerOf(frame), power => Assert.Equal(0.25, power, 1e-14));
    }

    [Fact]
    public void A_sine_at_a_bin_centre_has_all_its_power_there()
    {
        var frame = Enumerable.Range(0, 1024).Select(n => Math.Sin(2 * Math.PI * 37 * n / 1024)).ToArray();
        var power = PowerOf(frame);

        Assert.Equal(512.0 * 512.0, power[37], 1e-6);
        Assert.All(power.Where((_, k) => k != 37), other => Assert.InRange(other, 0, 1e-18));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(1000)]
    public void Other_lengths_are_refused_by_name(int length)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new RealFft(length));
        Assert.Contains(length.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
    }

    private static double[] PowerOf(double[] frame)
    {
        var fft = new RealFft(frame.Length);
        var power = new double[frame.Length / 2 + 1];
        fft.PowerSpectrum(frame, power, new double[fft.ScratchLength]);
        return power;
    }

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
