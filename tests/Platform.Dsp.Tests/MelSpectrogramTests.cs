namespace Platform.Dsp.Tests;

public sealed class MelSpectrogramTests
{
    public static TheoryData<string, int, int> Cases()
    {
        var cases = new TheoryData<string, int, int>();
        foreach (var clip in Golden.Clips)
        {
            cases.Add(clip, 1024, 64);
            cases.Add(clip, 2048, 128);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Levels_agree_with_librosa_within_a_thousandth_of_a_decibel(string clip, int nFft, int nMels)
    {
        var audio = Golden.Clip(clip);
        var expected = Golden.Array($"mel_{clip}_{nFft}_512_{nMels}_db").ToSingles();
        var spec = WholeClip(audio, nFft, nMels);
        var absolute = new float[expected.Length];
        new MelSpectrogram(spec.Extraction).Decibels(audio.Samples, absolute);

        var levels = new float[expected.Length];
        new PatchView(spec).Levels(absolute, levels);

        Golden.AssertClose(expected, levels, 1e-3);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Power_agrees_with_librosa_where_it_is_heard(string clip, int nFft, int nMels)
    {
        var audio = Golden.Clip(clip);
        var expected = Golden.Array($"mel_{clip}_{nFft}_512_{nMels}_power").ToSingles();
        var power = new float[expected.Length];
        new MelSpectrogram(WholeClip(audio, nFft, nMels).Extraction).Power(audio.Samples, power);

        // librosa rounds the spectrum to float32, so cells 80 dB below the loudest one carry its rounding
        var loudest = expected.Max();
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - power[i]) <= 2e-4 * expected[i] + 1e-8 * loudest, $"Cell {i}: {power[i]}, expected {expected[i]}.");
    }

    [Theory]
    [InlineData(16_000)]
    [InlineData(25_600)]
    public void Filter_banks_are_those_of_librosa(int sampleRate)
    {
        var bank = new MelFilterBank(new Extraction { SampleRate = sampleRate });

        Golden.AssertClose(Golden.Array($"fb_{sampleRate}_1024_64").ToSingles(), bank.ToDense(), 1e-9);
    }

    [Fact]
    public void Htk_bands_are_equally_spaced_on_the_htk_scale()
    {
        var extraction = new Extraction { Mel = Extraction.HtkMel, NFft = 8192, NMels = 20, WinSeconds = 2 };
        var dense = new MelFilterBank(extraction).ToDense();
        var top = 2595 * Math.Log10(1 + 8000 / 700.0);

        for (var mel = 0; mel < 20; mel++)
        {
            var row = dense.AsSpan(mel * 4097, 4097);
            var peakHz = row.IndexOf(row.ToArray().Max()) * 16_000 / 8192.0;
            Assert.Equal(700 * (Math.Pow(10, (mel + 1) * top / 21 / 2595) - 1), peakHz, tolerance: 16_000 / 8192.0);
        }
    }

    [Fact]
    public void A_filter_has_unit_area_in_hertz()
    {
        var extraction = new Extraction { NFft = 16_384, NMels = 32, WinSeconds = 2 };
        var dense = new MelFilterBank(extraction).ToDense();

        for (var mel = 0; mel < 32; mel++)
        {
            var sum = 0.0;
            foreach (var weight in dense.AsSpan(mel * 8193, 8193))
                sum += weight * 16_000 / 16_384.0;
            Assert.Equal(1, sum, 0.01);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Twice_the_amplitude_is_six_decibels_more_for_magnitude_and_power_spectra(double power)
    {
        var mel = new MelSpectrogram(new Extraction { Power = power });
        var (quiet, loud) = (new float[mel.NMels * mel.FramesIn(16_000)], new float[mel.NMels * mel.FramesIn(16_000)]);
        mel.Decibels(Tone(hz: 1000, seconds: 1, amplitude: 0.25), quiet);
        mel.Decibels(Tone(hz: 1000, seconds: 1, amplitude: 0.5), loud);

        Assert.Equal(20 * Math.Log10(2), loud.Max() - quiet.Max(), 1e-4);
    }

    [Fact]
    public void Silence_is_the_floor_everywhere()
    {
        var mel = new MelSpectrogram(new Extraction());
        var destination = new float[mel.NMels * mel.FramesIn(16_000)];

        mel.Decibels(new float[16_000], destination);

        Assert.All(destination, level => Assert.Equal(-100f, level));
    }

    internal static float[] Tone(double hz, double seconds, double amplitude, int sampleRate = 16_000)
    {
        var samples = new float[(int)(seconds * sampleRate)];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = (float)(amplitude * Math.Sin(2 * Math.PI * hz * i / sampleRate));
        return samples;
    }

    private static FeatureSpec WholeClip(WavAudio audio, int nFft, int nMels)
    {
        var seconds = audio.Length / 16_000.0;
        var extraction = new Extraction { WinSeconds = seconds, HopSeconds = seconds, NFft = nFft, NMels = nMels };
        return new FeatureSpec(null, extraction, new View { Reference = View.WindowMaxReference, Frames = extraction.OwnFrames });
    }
}
