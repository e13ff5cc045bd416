using Platform.Dsp;
using Platform.Models;
using Platform.Predictor.Explanations;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Tests.Explanations;

/// <summary>How errors become words and figures.</summary>
public sealed class DeviationReadingTests
{
    private static readonly FeatureSpec Spec = SampleAudio.Spec; // 32 bands, frames of 32 ms

    [Fact]
    public void A_burst_in_some_bands_and_frames_is_named_by_its_frequencies_and_seconds()
    {
        var map = Flat(0.01f);
        for (var band = 12; band <= 14; band++)
            for (var frame = 40; frame <= 43; frame++)
                map[band * Frames + frame] = 1f;

        var explanation = Explanation.Of(Explained(map), 1_000);

        var worst = explanation.WorstBands[0];
        var edges = MelBands.Edges(Spec.Extraction);
        Assert.Equal((12, 14), (worst.FirstBand, worst.LastBand));
        Assert.InRange(worst.FromHz, edges[12], edges[13]);
        Assert.InRange(worst.ToHz, edges[15], edges[16]);
        var seconds = explanation.WorstSeconds[0];
        Assert.Equal(39.5 * 0.032, seconds.FromSeconds, 1e-9);
        Assert.Equal(43.5 * 0.032, seconds.ToSeconds, 1e-9);
        Assert.Equal($"Deviates most at {worst.Name} ({worst.Size}) and at 1.26–1.39 s ({seconds.Size}).", explanation.Summary);
        Assert.EndsWith("dB off", worst.Size, StringComparison.Ordinal);
        Assert.False(explanation.Relative);
        Assert.Null(explanation.Bands[12].TimesUsual);
    }

    [Fact]
    public void Against_what_is_usual_a_band_that_is_always_hard_to_predict_does_not_stand_out()
    {
        // Band 3 is always wrong by 0.5, and here by 0.6; band 20 is usually wrong by 0.001, and here by 0.01.
        var map = Flat(0.001f);
        map.AsSpan(3 * Frames, Frames).Fill(0.6f);
        map.AsSpan(20 * Frames, Frames).Fill(0.01f);
        var usual = Enumerable.Repeat(0.001, 32).ToArray();
        usual[3] = 0.5;

        var absolute = Explanation.Of(Explained(map), 1_000);
        var relative = Explanation.Of(Explained(map, usual), 1_000);

        Assert.Equal(3, absolute.WorstBands[0].FirstBand);
        Assert.Equal((20, 20, "10 × usual"), (relative.WorstBands[0].FirstBand, relative.WorstBands[0].LastBand, relative.WorstBands[0].Size));
        Assert.Equal(1.2, relative.Bands[3].TimesUsual!.Value, 1e-6);
        Assert.Equal(0.5, relative.Bands[3].Usual);
        Assert.Equal((30 + 1.2 + 10) / 32, relative.Frames[0].TimesUsual!.Value, 1e-5);
    }

    [Fact]
    public void Slopes_of_a_peak_are_no_findings_of_their_own_and_small_peaks_are_not_named()
    {
        double[] values = [0.1, 0.3, 0.6, 1, 0.6, 0.3, 0.1, 0.1, 0.5, 0.1, 0.15, 0.1];

        var worst = DeviationReading.Worst(values);

        Assert.Equal([(2, 4, 3), (8, 8, 8)], worst.Select(stretch => (stretch.First, stretch.Last, stretch.At)));
        Assert.Equal(2.2 / 3, worst[0].Mean, 1e-9);
        Assert.Equal([(1, 1)], DeviationReading.Worst([double.NaN, 1, double.NaN]).Select(stretch => (stretch.First, stretch.Last)));
        Assert.Empty(DeviationReading.Worst([double.NaN]));
    }

    [Theory]
    [InlineData(10, 6)] // groups of seven frames, the last of which has one
    [InlineData(1_000, Frames)]
    [InlineData(1, 1)]
    public void Frames_are_at_most_as_many_as_were_asked_for_and_cover_the_whole_time(int most, int expected)
    {
        var map = Flat(0.01f);
        map[5] = 2f;
        var explained = Explained(map);

        var frames = Explanation.Of(explained, most).Frames;

        Assert.True(frames.Count <= most);
        Assert.True(frames.Count >= Math.Min(expected, most));
        Assert.Equal(0, frames[0].FromSeconds);
        Assert.Equal((Frames - 0.5) * 0.032, frames[^1].ToSeconds, 1e-9);
        Assert.All(frames.Zip(frames.Skip(1)), pair => Assert.Equal(pair.First.ToSeconds, pair.Second.FromSeconds, 1e-9));
        Assert.Equal((31 * 0.01 + 2) / 32, frames.Max(frame => frame.PeakError!.Value), 1e-6); // a click is in whichever entry has its frame
    }

    [Fact]
    public void A_gap_between_windows_is_null_and_not_zero()
    {
        var map = Flat(0.01f);
        for (var band = 0; band < 32; band++)
            map.AsSpan(band * Frames + 20, 5).Fill(float.NaN);

        var frames = Explanation.Of(Explained(map), 1_000).Frames;

        Assert.All(frames.Take(25).Skip(20), frame => Assert.Null(frame.Error));
        Assert.All(frames.Take(20), frame => Assert.NotNull(frame.Error));
        Assert.NotEmpty(HeatMapPicture.Draw(Explained(map)));
    }

    [Fact]
    public void An_hour_has_a_bounded_answer_and_a_picture_of_the_same_size_in_which_a_click_is_seen()
    {
        const int frames = 112_500; // an hour at 8 kHz
        var map = new float[32 * frames];
        Array.Fill(map, 0.01f);
        for (var band = 0; band < 32; band++)
            map[band * frames + 60_000] = 3f;
        var some = Explained(Flat(0.01f));
        var deviations = some.Reading.Deviations with
        {
            Frames = frames,
            Map = map,
            FrameErrors = [.. Enumerable.Range(0, frames).Select(frame => frame == 60_000 ? 3.0 : 0.01)],
        };
        var explained = some with
        {
            Reading = new(deviations, Spec.Extraction, [.. Enumerable.Repeat(0.01, 32)]),
            Patches = new(new float[7_200 * 32 * 16], 7_200),
        };

        var explanation = Explanation.Of(explained, 500);
        var picture = Platform.Testing.DecodedPng.Read(HeatMapPicture.Draw(explained));

        Assert.InRange(explanation.Frames.Count, 450, 500);
        Assert.Equal(60_000 * 0.032, explanation.WorstSeconds[0].PeakSeconds, 1e-6);
        Assert.Equal(3, explanation.Frames.Max(frame => frame.PeakError));
        var box = new HeatMapLayout(HeatMapLayout.DefaultWidth, 1).Errors;
        var darkest = Enumerable.Range(box.Left, box.Width).MaxBy(x => picture.At(x, box.Top + box.Height / 2));
        Assert.InRange((darkest - box.Left) / (double)box.Width, 60_000.0 / frames - 0.002, 60_000.0 / frames + 0.002);
        Assert.Equal(HeatMapLayout.DefaultWidth, picture.Width);
    }

    [Theory]
    [InlineData(120, 480, "120–480 Hz")]
    [InlineData(940, 2_640, "0.94–2.64 kHz")]
    public void Frequencies_are_written_as_people_do(double from, double to, string expected) => Assert.Equal(expected, Quantities.HertzRange(from, to));

    internal const int Frames = 63;

    internal static float[] Flat(float error) => [.. Enumerable.Repeat(error, 32 * Frames)];

    /// <summary>Four windows of 16 frames side by side, with these errors.</summary>
    internal static ExplainedRecording Explained(float[] map, double[]? usual = null, double[]? levelShift = null)
    {
        double Finite(IEnumerable<float> values) => values.Where(float.IsFinite).Select(value => (double)value).Average();

        double[] bands = [.. Enumerable.Range(0, 32).Select(band => Finite(map.Skip(band * Frames).Take(Frames)))];
        double[] columns = [.. Enumerable.Range(0, Frames).Select(frame => Enumerable.Range(0, 32).Average(band => (double)map[band * Frames + frame]))];
        var prediction = new Models.Prediction(
            "LT-2", DetectorConfig.Reconstruction, 0.02, 0.015, [new(DetectorConfig.Reconstruction, 0.02, 0.015, Alarming: true)], [0.01, 0.03, 0.02, 0.02]);
        var deviations = new Deviations(32, Frames, 0.032, Width: 60, bands, columns, map, levelShift, prediction);
        var scored = new RecordingPrediction(
            DetectorConfig.Reconstruction, 0.02, 0.015, "anomalous", 4, [new(DetectorConfig.Reconstruction, 0.02, 0.015, Alarming: true, Exceeded: true)]);
        var about = new ScoredSubject(null, "LT-2", null, null, "device/LT-2_all/conv-ae", 3, 7, Spec.Hash, scored);
        var patches = SampleAudio.Features(SampleAudio.Rattle());
        return new(about, Spec, new(patches.Patches, patches.PatchCount), new(deviations, Spec.Extraction, usual));
    }
}
