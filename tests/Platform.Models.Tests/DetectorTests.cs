using System.Text.Json;
using Platform.Dsp;

namespace Platform.Models.Tests;

public sealed class DetectorTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly Random _random = new(3);

    [Theory]
    [InlineData(12)] // fewer samples than dimensions
    [InlineData(400)]
    public void A_shrunk_Gaussian_measures_what_the_formula_measures(int count)
    {
        var samples = DetectorPackages.Samples(_random, count);
        var scored = DetectorPackages.Samples(_random, 5);
        foreach (var sample in samples)
            sample[7] = -30; // a band that never changed: its deviation is taken to be the least one

        var gaussian = ShrunkGaussian.Fit(samples, leastDeviation: 0.1);

        var said = Python("fit_gaussian.py", Save("samples.npy", samples), Save("scored.npy", scored), "0.1");
        double[] expected = [.. said.GetProperty("distances").EnumerateArray().Select(value => value.GetDouble())];
        Assert.InRange(said.GetProperty("shrinkage").GetDouble(), 0.01, 0.99); // else the test says nothing of its formula
        for (var i = 0; i < scored.Count; i++)
            Assert.Equal(expected[i], gaussian.Distance(scored[i]), 1e-8 * expected[i]);
    }

    [Fact]
    public void Samples_that_never_differed_have_a_finite_distance_to_others()
    {
        var gaussian = ShrunkGaussian.Fit([.. Enumerable.Range(0, 10).Select(_ => new double[] { -40, -50 })], leastDeviation: 0.1);

        Assert.Equal(0, gaussian.Distance([-40, -50]));
        Assert.Equal((1 / 0.01 + 4 / 0.01) / 2, gaussian.Distance([-39, -52]), 1e-6);
    }

    [Fact]
    public void A_click_stands_out_wherever_it_is_and_a_change_of_level_does_not()
    {
        var bursts = new Bursts(Packages.Spec);
        var quiet = Levels(-50);

        var (louder, clicked) = (Levels(-30), Levels(-50));
        for (var mel = 0; mel < 64; mel++)
            clicked[mel * 64 + 1] += 12; // the first whole frame

        Assert.Equal(61, bursts.Count); // frames 1 to 61 of 63: at 0 and 62 the taper reaches over the edge
        Assert.All(Of(quiet), value => Assert.Equal(0, value, 1e-9));
        Assert.All(Of(louder), value => Assert.Equal(0, value, 1e-9));
        Assert.Equal(12, Of(clicked)[0], 1e-4);
        Assert.Equal(-12.0 / 5, Of(clicked)[2], 1e-4); // among the five that are two to five frames away on its right, and none on the left
        Assert.Equal(0, Of(clicked)[10], 1e-9);

        double[] Of(float[] levels)
        {
            var found = new double[64 * bursts.Count];
            bursts.Of(levels, found);
            return found;
        }
    }

    [Fact]
    public void Every_detector_scores_in_Python_as_here_from_the_packages_files()
    {
        var package = DetectorPackages.Create();
        using var model = LoadedModel.Load(ModelPackage.FromFiles(package.ToFiles()));
        foreach (var (name, content) in package.ToFiles())
        {
            var file = Path.Combine(_folder.FullName, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content.Span);
        }

        var own = Packages.Spec.Extraction.OwnFrames;
        float[] stored = [.. Enumerable.Range(0, 3 * 64 * own).Select(i => -70f + i % 64 + 10 * _random.NextSingle())];
        var patches = Path.Combine(_folder.FullName, "patches.npy");
        File.WriteAllBytes(patches, NpyFile.Write(NpyArray.Of(stored, 3, 64, own)));

        var said = Python("score_detectors.py", _folder.FullName, patches, Packages.Device);

        var (scored, explained) = (model.Score(Packages.Device, stored), model.Explain(Packages.Device, stored));
        Assert.Equal(DetectorConfig.All, scored.Detectors.Select(result => result.Detector));
        foreach (var result in scored.Detectors)
        {
            Assert.Equal(said.GetProperty("scores").GetProperty(result.Detector).GetDouble(), result.Score, 1e-5 * result.Score);
            Assert.Equal(said.GetProperty("thresholds").GetProperty(result.Detector).GetDouble(), result.Threshold);
            Assert.Equal(explained.Prediction.Detectors.Single(other => other.Detector == result.Detector).Score, result.Score, 1e-5 * result.Score);
        }

        var centre = package.FitOf(DetectorConfig.Profile, Packages.Device)!.Model!.Gaussian.Centre;
        Assert.Equal(Enumerable.Range(0, 3 * own).Average(i => stored[i / own * 64 * own + 5 * own + i % own]) - centre[5], explained.LevelShift![5], 1e-4);
    }

    [Fact]
    public void What_passes_by_in_some_windows_leaves_the_quietest_as_it_was_and_what_lasts_does_not()
    {
        var quietest = new QuietestWindow(Packages.Spec);

        var (usual, passing, lasting) = (Of(-50, -50, -50), Of(-20, -50, -20), Of(-49, -48, -20));

        Assert.Equal(3, quietest.LeastPatches);
        Assert.Equal(5, new QuietestWindow(new FeatureSpec(null, new Extraction { WinSeconds = 2, HopSeconds = 0.8736 }, new View())).LeastPatches);
        Assert.All(usual, level => Assert.Equal(-50, level, 1e-9));
        Assert.Equal(usual, passing);
        Assert.All(lasting, level => Assert.Equal(-49, level, 1e-9));

        double[] Of(params float[] windows)
        {
            var levels = Enumerable.Repeat(double.PositiveInfinity, 64).ToArray();
            foreach (var window in windows)
                quietest.Add(Levels(window), levels);
            return levels;
        }
    }

    [Fact]
    public void A_recording_of_fewer_windows_says_nothing_of_what_lasts()
    {
        using var model = LoadedModel.Load(DetectorPackages.Create());
        var window = 64 * Packages.Spec.Extraction.OwnFrames;

        var predictions = model.ScoreAll([(Packages.Device, new float[2 * window]), (Packages.Device, new float[3 * window])]);

        Assert.Equal(DetectorConfig.All.SkipLast(1), predictions[0].Detectors.Select(result => result.Detector));
        Assert.Equal(DetectorConfig.All, predictions[1].Detectors.Select(result => result.Detector));
        Assert.NotNull(predictions[0].Anomalous);
    }

    [Fact]
    public void The_verdict_is_that_of_the_alarming_detectors_and_of_the_reconstruction_where_none_of_them_was_fitted()
    {
        var package = DetectorPackages.Create();
        var alone = package with { Fits = [.. package.Fits.Where(fit => fit.Detector == DetectorConfig.Reconstruction)] };
        var stored = new float[64 * Packages.Spec.Extraction.OwnFrames];
        Array.Fill(stored, -60f);

        Assert.False(package.IsAlarming(package.Config.Detectors[0], Packages.Device));
        Assert.True(alone.IsAlarming(alone.Config.Detectors[0], Packages.Device));
        Assert.False((alone with { Fits = [] }).CanJudge(Packages.Device));
        var moments = package with { Fits = [.. package.Fits.Where(fit => fit.Detector is DetectorConfig.Reconstruction or DetectorConfig.Transient)] };
        Assert.True(moments.IsAlarming(moments.Config.Detectors[0], Packages.Device)); // a click says nothing of the rest of the recording
        var lasting = package with { Fits = [.. package.Fits.Where(fit => fit.Detector is DetectorConfig.Reconstruction or DetectorConfig.Sustained)] };
        Assert.True(lasting.IsAlarming(lasting.Config.Detectors[0], Packages.Device)); // short recordings would have nobody
        using var model = LoadedModel.Load(alone);
        var judged = Assert.Single(model.Score(Packages.Device, stored).Detectors);
        Assert.Equal((DetectorConfig.Reconstruction, true), (judged.Detector, judged.Alarming));
    }

    [Theory]
    [InlineData("whitening", "needs (64, 64)")]
    [InlineData("centre", "needs (64)")]
    [InlineData("references", "needs (2, 64)")]
    public void What_a_detector_has_learnt_must_fit_the_feature_spec(string array, string complaint)
    {
        var files = DetectorPackages.Create().ToFiles().ToDictionary();
        const string file = "detectors/neighbour_LT-2.npz";
        var arrays = NpzFile.Read(files[file].ToArray()).ToDictionary();
        arrays[array] = NpyArray.Of(new double[2 * 63], 2, 63);
        files[file] = NpzFile.Write(arrays);

        var refusal = Assert.Throws<InvalidDataException>(() => ModelPackage.FromFiles(files)).Message;

        Assert.StartsWith(file, refusal, StringComparison.Ordinal);
        Assert.Contains(complaint, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void The_usual_threshold_is_a_multiple_of_the_median_and_grows_with_the_spread()
    {
        double[] wide = [1, 2, 0.5, 4, 0.25, 8, 0.125, 16, 0.0625, 1, 1000];
        var margin = DetectorConfig.MarginOf(DetectorConfig.Transient);

        Assert.Equal(1.0 * margin, Fit([1.0, 1.1, 0.9, 1.05, 0.95]).Threshold, 1e-12);
        Assert.Equal(1.0 * margin, Fit(wide[..5]).Threshold, 1e-12); // five do not know their spread
        // Logarithms in units of ln 2: −4 −3 −2 −1 0 0 1 2 3 4 and an outlier that moves neither the median, 0, nor the median deviation, 2, far.
        var spread = 1.4826 * 11 / 10.2 * 2 * Math.Log(2);
        Assert.Equal(spread, Fit(wide).LogSpread, 1e-9);
        Assert.Equal(Math.Exp(3 * spread), Fit(wide).Threshold, 1e-6);
        Assert.Throws<ArgumentException>(() => DetectorConfig.MarginOf("oracle"));
        double[] varied = [.. Enumerable.Range(0, 21).Select(i => 1.0 + i)]; // the median is 11
        double[] alike = [.. varied.Select(score => 100 + score)];
        Assert.Equal(22, Narrow(varied[..20].Append(11.0)), 1e-12);
        Assert.Equal(200.1, Narrow([.. varied[..18], 200, 200.1, 200.2]), 1e-9);
        Assert.Equal(222, Narrow(alike), 1e-12); // twice the usual at least: recordings that hardly differ say little of the next ones

        static double Narrow(IEnumerable<double> scores) =>
            DetectorFit.Fit(DetectorConfig.Sustained, "d", [.. scores], sigma: 3, DetectorFit.MarginOrQuantile95)!.Threshold;
        static DetectorFit Fit(double[] scores) => DetectorFit.Fit(DetectorConfig.Transient, "d", scores, sigma: 3)!;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Save(string name, List<double[]> rows)
    {
        var file = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(file, NpyFile.Write(NpyArray.Of([.. rows.SelectMany(row => row)], rows.Count, rows[0].Length)));
        return file;
    }

    private static JsonElement Python(string script, params string[] arguments) => JsonSerializer.Deserialize<JsonElement>(PythonTorch.Run(script, arguments));

    private static float[] Levels(float level)
    {
        var levels = new float[64 * 64];
        Array.Fill(levels, level);
        return levels;
    }
}
