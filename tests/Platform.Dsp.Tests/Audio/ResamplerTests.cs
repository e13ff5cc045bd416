using static Platform.Dsp.Tests.Sources;

namespace Platform.Dsp.Tests;

public sealed class ResamplerTests
{
    /// <summary>Rates of the field, both ways, and pairs without a common divisor, whose rows are interpolated.</summary>
    public static TheoryData<int, int> Rates => new()
    {
        { 44_100, 16_000 }, { 48_000, 16_000 }, { 22_050, 16_000 }, { 25_600, 16_000 }, { 8_000, 16_000 }, { 96_000, 16_000 },
        { 16_000, 48_000 }, { 44_099, 16_000 }, { 16_000, 44_099 }, { 384_000, 1_001 },
    };

    [Theory]
    [MemberData(nameof(Rates))]
    public void A_tone_of_the_pass_band_comes_out_as_if_it_had_been_recorded_at_the_new_rate(int from, int to)
    {
        var nyquist = Math.Min(from, to) / 2.0;
        foreach (var part in new[] { 0.003, 0.1, 0.37, 0.5, 0.71, 0.85, 0.9 })
        {
            var frequency = part * nyquist;
            var actual = Resample(Tone(frequency, from, Seconds(from, to), 0.5, 0.3), from, to);
            var expected = Tone(frequency, to, actual.Length, 0.5, 0.3);

            // Against the exact samples, so level and delay count. 0.1 dB of level would be 1.2 % of the amplitude; 0.03 % is allowed.
            var worst = Inside(actual).Max(i => Math.Abs(actual[i] - expected[i]));
            Assert.True(worst < 0.5 * 3e-4, $"{frequency} Hz is off by {worst}.");
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void What_does_not_fit_under_the_lower_Nyquist_frequency_is_80_dB_down(int from, int to)
    {
        var nyquist = Math.Min(from, to) / 2.0;
        foreach (var part in new[] { 1.0125, 1.1, 1.31, 1.7, 1.97 })
        {
            var frequency = part * nyquist;
            if (from > to)
            {
                // nothing of the tone may come out
                if (frequency < from / 2.0)
                    Assert.True(Level(Resample(Tone(frequency, from, Seconds(from, to)), from, to)) < -80, $"Alias of {frequency} Hz.");
            }
            else
            {
                // nothing but the tone, whose first image would be at this frequency
                var tone = from - frequency;
                var actual = Resample(Tone(tone, from, Seconds(from, to)), from, to);
                var exact = Tone(tone, to, actual.Length);
                if (tone < 0.9 * nyquist)
                    Assert.True(Level([.. actual.Zip(exact, (a, e) => a - e)]) < -80, $"Image of {tone} Hz.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void The_sizes_of_the_blocks_do_not_change_a_bit(int from, int to)
    {
        var random = new Random(7);
        var noise = Enumerable.Range(0, from / 2 + 131).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var whole = Resample(noise, from, to);

        using var pieces = new Resampler(new Pieces(noise, from), to);

        Assert.Equal(whole, pieces.ReadAll(() => random.Next(1, 3000)));
    }

    [Theory]
    [InlineData(48_000, 16_000)]
    [InlineData(44_100, 16_000)]
    [InlineData(8_000, 16_000)]
    [InlineData(44_099, 16_000)]
    public void There_are_as_many_samples_as_the_time_has_at_the_new_rate(int from, int to)
    {
        foreach (var count in new[] { 0, 1, 2, 3, 440, 441, 442, 10_007 })
            Assert.Equal((int)(((long)count * to + from - 1) / from), Resample(new float[count], from, to).Length);
    }

    [Theory]
    [InlineData(48_000, 16_000)]
    [InlineData(16_000, 48_000)]
    public void An_impulse_stays_where_it_was_and_rings_alike_on_both_sides(int from, int to)
    {
        var impulse = new float[from / 10 * 2];
        impulse[from / 10] = 1;

        var response = Resample(impulse, from, to);

        var centre = to / 10;
        Assert.Equal(response.Max(), response[centre]);
        for (var i = 1; i < 200; i++)
            Assert.Equal(response[centre - i], response[centre + i], 1e-7f);
    }

    [Fact]
    public void A_constant_passes_unchanged_and_the_outside_is_silence()
    {
        var constant = Enumerable.Repeat(0.25f, 48_000).ToArray();

        var resampled = Resample(constant, 48_000, 16_000);

        Assert.All(Inside(resampled), i => Assert.Equal(0.25f, resampled[i], 1e-6f));
        Assert.InRange(resampled[0], 0.12f, 0.2f); // half of the kernel hangs over the edge
    }

    [Fact]
    public void Only_one_channel_and_only_rates_that_exist_are_taken()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Resampler(new WavAudio(16_000, 2, [0, 0]).ToSource(), 8_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Resampler(Of(16_000, 0), 999));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Resampler(Of(16_000, 0), 384_001));
    }

    private static float[] Resample(float[] samples, int from, int to)
    {
        using var resampler = new Resampler(Of(from, samples), to);
        return resampler.ReadAll();
    }

    // Long enough for some hundred samples of the lower rate inside of the edges.
    private static int Seconds(int from, int to) => (int)(1_200L * from / Math.Min(from, to));

    // The kernel reaches 57 samples of the lower rate to each side; up-sampled edges are longer in samples.
    private static IEnumerable<int> Inside(float[] samples) => Enumerable.Range(samples.Length / 10, samples.Length * 8 / 10);

    /// <summary>Of the loudest sample away from the edges, re full scale.</summary>
    private static double Level(float[] samples) => Decibels(Inside(samples).Max(i => Math.Abs(samples[i])));

    /// <summary>Gives less than asked for, as a decoder may.</summary>
    private sealed class Pieces(float[] samples, int sampleRate) : AudioSource
    {
        private readonly Random _random = new(3);
        private int _given;

        public override int SampleRate => sampleRate;

        public override int Channels => 1;

        public override int Read(Span<float> interleaved)
        {
            var count = Math.Min(Math.Min(interleaved.Length, _random.Next(1, 700)), samples.Length - _given);
            samples.AsSpan(_given, count).CopyTo(interleaved);
            _given += count;
            return count;
        }
    }
}
