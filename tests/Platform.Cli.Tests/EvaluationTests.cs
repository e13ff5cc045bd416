using Platform.Cli.Client;
using Platform.Cli.Demo.Sound;
using Platform.Cli.Evaluation;
using Platform.Cli.Recordings;
using Platform.Dsp;

namespace Platform.Cli.Tests;

public sealed class EvaluationTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("platform-cli-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Devices_are_found_below_sets_and_get_codes_that_the_platform_takes()
    {
        Add("bearings/b1_1/train/normal/a.wav");
        Add("bearings/b1_1/test/normal/b.wav");
        Add("bearings/b1_1/test/anomaly_worn/c.wav");
        Add("bearings/b1_1/test/normal_plus_noise/d.wav");
        Add("bearings/b1_1/timeline/e.wav");
        Add("bearings/b1-1/train/normal/a.wav");
        Add("bearings/b1-1/timeline/e.wav");
        Add("notes/readme.wav");

        var devices = EvaluationData.Read(folder);

        Assert.Equal(["bearings/b1-1", "bearings/b1_1"], devices.Select(device => device.Name));
        Assert.Equal(["bearings-b1-1", "bearings-b1-1-2"], devices.Select(device => device.Code));
        Assert.Equal([("anomaly_worn", true), ("normal", false), ("normal_plus_noise", null)], devices[1].Tests.Select(set => (set.Name, set.Faulty)));
        Assert.Equal(5, devices[1].All.Count());
    }

    [Fact]
    public void A_folder_may_be_one_device_itself()
    {
        Add("train/normal/a.wav");
        Add("test/normal/b.wav");

        Assert.Equal(Path.GetFileName(folder), Assert.Single(EvaluationData.Read(folder)).Name);
    }

    [Theory]
    [InlineData("has no {device}/train/normal", "pump/test/normal/a.wav")]
    [InlineData("has no recordings", "pump/train/normal/readme.txt")]
    [InlineData("neither test/ nor timeline/", "pump/train/normal/a.wav")]
    public void A_folder_that_cannot_be_evaluated_says_what_is_missing(string expected, string file)
    {
        Add(file);

        Assert.Contains(expected, Assert.Throws<PlatformException>(() => EvaluationData.Read(folder)).Message);
    }

    [Theory]
    [InlineData(1.0, 16_000, 1.0, 0.5)] // one window
    [InlineData(6.4, 16_000, 2.0, 0.88)] // five steps to the end, of at most half a window
    [InlineData(10.0, 44_100, 2.0, 1.0)]
    [InlineData(2.5, 96_000, 2.0, 0.5)]
    [InlineData(2.00005, 16_000, 2.0, 1.0)] // a sample more makes no second window
    [InlineData(0.2, 16_000, 0.5, 0.25)] // a stub does not decide
    public void Windows_cover_the_shortest_recording_to_its_end(double seconds, int rate, double window, double hop)
    {
        var spec = ClipSpec.For([Wav("a.wav", seconds, rate), Wav("b.wav", seconds + 3, rate)], windowSeconds: null, sampleRate: null, nMels: 64);

        Assert.Equal((Math.Min(rate, 48_000), window, hop), (spec.SampleRate, spec.WinSeconds, spec.HopSeconds));
    }

    [Fact]
    public void What_is_given_is_taken()
    {
        var spec = ClipSpec.For([Wav("a.wav", 10, 44_100)], windowSeconds: 4, sampleRate: 16_000, nMels: 128);

        Assert.Equal((16_000, 4.0, 2.0, 128), (spec.SampleRate, spec.WinSeconds, spec.HopSeconds, spec.NMels));
    }

    [Theory]
    [InlineData("..........", null, 0)]
    [InlineData(".........!", 1.0, 0)]
    [InlineData("..!....!!!", 7 / 9.0, 1)] // one that does not last, in the healthy half
    [InlineData("!!!!!!!!!!", 0.0, 5)]
    [InlineData("!?........", null, 1)]
    [InlineData(".....!!!.!!!!!", 9 / 13.0, 2)] // 8 of 9 is too few, from the pause on they all are
    [InlineData(".....!!!!!!.!!!!!", 5 / 16.0, 3)] // 11 of 12
    public void The_first_lasting_alarm_is_followed_by_alarms_to_the_end(string life, double? first, int falseAlarms)
    {
        var timeline = Timeline.Of([.. life.Select(moment => new LifeMoment(moment == '?' ? null : moment == '!', Trained: false))]);

        Assert.Equal((first, falseAlarms), (timeline.FirstLastingAlarm, timeline.FalseAlarms));
        Assert.Equal(life.Count(moment => moment != '?'), timeline.Scored);
    }

    [Fact]
    public void Alarms_in_what_the_model_was_trained_on_are_counted_apart()
    {
        var timeline = Timeline.Of([new(true, Trained: true), new(true, Trained: false), new(false, Trained: false), new(false, false), new(false, false)]);

        Assert.Equal((2, 2), (timeline.FalseAlarms, timeline.HealthyRecordings));
        Assert.Equal((1, 1), (timeline.UnheardFalseAlarms, timeline.UnheardHealthyRecordings));
    }

    [Fact]
    public void Intervals_hold_the_figure_and_are_the_same_each_time()
    {
        double[] values = [.. Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? 0.0 : 1.0)];

        var first = Bootstrap.Interval<double>([values], drawn => drawn[0].Average());
        var second = Bootstrap.Interval<double>([values], drawn => drawn[0].Average());

        Assert.Equal(first, second);
        // The standard error of the mean is 0.5/√200 = 0.035; 1.96 of them on each side.
        Assert.Equal(0.5, first!.Value);
        Assert.InRange(first.Low, 0.40, 0.45);
        Assert.InRange(first.High, 0.55, 0.60);
        Assert.Null(Bootstrap.Interval<double>([[]], drawn => drawn[0].Count == 0 ? null : 1));
    }

    [Fact]
    public void A_model_alarms_by_any_alarming_detector_and_ranks_by_one()
    {
        var clips = new (bool Faulty, double A, double B)[] { (false, 1.0, 9.0), (false, 2.0, 1.0), (true, 1.0, 50.0), (true, 8.0, 1.0) }
            .Select((clip, index) => new ScoredClip(clip.Faulty ? "anomaly" : "normal", clip.Faulty, $"{index}.wav", new TestScore(
                clip.A, 4, clip.A > 4 || clip.B > 40, 1,
                [
                    new("bands", clip.A, 4, Alarming: true, clip.A > 4), new("transient", clip.B, 40, Alarming: true, clip.B > 40),
                    new("quiet", -clip.A, 0, Alarming: false, false),
                ])))
            .ToList();

        var quality = Quality.Of(clips);

        Assert.Equal(["verdict", "bands", "transient", "quiet"], quality.Select(detector => detector.Detector));
        Assert.Equal([0.625, 0.625, 0.625, 0.375], quality.Select(detector => detector.Auc!.Value));
        Assert.Equal((2, 0), (quality[0].Counts.TruePositives, quality[0].Counts.FalsePositives));
        Assert.Equal((1, 0), (quality[1].Counts.TruePositives, quality[1].Counts.FalsePositives));
        var summary = Quality.Summarise([clips, clips], failed: 1);
        Assert.Equal((3, 1, 0.625, 4), (summary.Devices, summary.Failed, summary.HarmonicMeanAuc!.Value, summary.Pooled.TruePositives));
    }

    [Fact]
    public void A_click_is_as_loud_as_the_recording_for_50_ms_and_the_same_each_time()
    {
        var samples = new float[2 * 16_000];
        for (var n = 0; n < samples.Length; n++)
            samples[n] = 0.1f * MathF.Sin(n * 0.3f);
        var audio = new WavAudio(16_000, 2, samples);

        var mixed = Clicks.Mix(audio, Randomness.For("a"))!;

        var difference = mixed.Samples.Zip(samples, (with, without) => with - without).ToArray();
        var burst = difference.Where((_, n) => n % 2 == 0).SkipWhile(value => value == 0).Take(800).ToArray();
        Assert.Equal(Math.Sqrt(samples.Average(value => value * value)), Math.Sqrt(burst.Average(value => value * value)), 1e-4);
        Assert.True(difference.Count(value => value != 0) <= 2 * 800);
        Assert.Equal(mixed.Samples, Clicks.Mix(audio, Randomness.For("a"))!.Samples);
        Assert.NotEqual(mixed.Samples, Clicks.Mix(audio, Randomness.For("b"))!.Samples);
        Assert.Null(Clicks.Mix(audio with { Samples = samples[..1_000] }, Randomness.For("a")));
        using var wav = new MemoryStream(FloatWav.Write(mixed));
        Assert.Equal(mixed.Samples, WavReader.Read(wav).Samples);
    }

    private void Add(string path)
    {
        var file = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, new Clip().ToWav()[..1_044]);
    }

    private string Wav(string name, double seconds, int rate)
    {
        var wav = new Clip().ToWav();
        var bytesPerSecond = 2 * rate;
        var content = new byte[44 + (int)(seconds * bytesPerSecond)];
        wav.AsSpan(0, 44).CopyTo(content);
        BitConverter.TryWriteBytes(content.AsSpan(24), rate);
        BitConverter.TryWriteBytes(content.AsSpan(28), bytesPerSecond);
        BitConverter.TryWriteBytes(content.AsSpan(40), content.Length - 44);
        var file = Path.Combine(folder, name);
        File.WriteAllBytes(file, content);
        return file;
    }
}
