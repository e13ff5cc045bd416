using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Dsp;

namespace Platform.Models.Tests;

public sealed class ModelPackageTests
{
    [Fact]
    public void A_package_reads_back_as_it_was_written()
    {
        var package = Packages.Create();
        var files = package.ToFiles();

        var read = ModelPackage.FromFiles(files);

        Assert.Equal(
            ["config.json", "detectors/reconstruction_LT-2.npz", "global_scale.npy", "golden.npz", "metadata.json", "model.pth", "scales/LT-2.npy",
                "thresholds/threshold_LT-2.npy"],
            files.Keys);
        Assert.Equal(package.Fits, read.Fits);
        Assert.Equal(package.Config.FeatureSpec.Hash, read.Config.FeatureSpec.Hash);
        Assert.Equal(package.Config.Architecture, read.Config.Architecture);
        Assert.Equal(files.Keys, read.ToFiles().Keys);
        Assert.All(read.ToFiles(), file => Assert.Equal(files[file.Key].ToArray(), file.Value.ToArray()));
    }

    [Fact]
    public void Python_loads_the_folder_as_it_is_and_gets_the_same_scores()
    {
        var output = ReadByPython(Packages.Create());

        var python = output.GetProperty("errors").EnumerateArray().Select(error => error.GetDouble());
        var ours = output.GetProperty("golden").EnumerateArray().Select(error => error.GetDouble());
        Assert.All(python.Zip(ours), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * pair.First));
        var numpy = output.GetProperty("numpy").Deserialize<Dictionary<string, double>>()!;
        Assert.Equal(["count", "mean", "mean_plus_sigma", "quantile_99", "quantile_999", "sigma", "std", "threshold"], numpy.Keys.Order(StringComparer.Ordinal));
        Assert.All(numpy, value => Assert.Equal(value.Value, output.GetProperty("detector").GetProperty(value.Key).GetDouble(), 1e-12));
    }

    [Fact]
    public void Python_finds_scale_and_threshold_of_each_device_of_a_model_of_several()
    {
        var one = Packages.Create();
        string[] devices = ["LT-10", "LT-2", "a.b-c"];
        var package = one with
        {
            Config = one.Config with { ModelId = "site/S001_all/balanced/conv-ae", Mode = "site", Scope = "S001_all", Aggregation = "balanced", Devices = devices },
            Scales = devices.ToDictionary(device => device, device => new Scale(-80 - device.Length, device.Length)),
            Fits = [.. devices.Take(2).Select((device, i) => one.Fits[0] with { Device = device, Threshold = 0.5 + i })], // the third has too little data
        };

        var output = ReadByPython(package);

        Assert.Equal("""{"LT-10": 0.5, "LT-2": 1.5}""", output.GetProperty("thresholds").GetRawText());
        Assert.Equal("""{"LT-10": [-85.0, 5.0], "LT-2": [-84.0, 4.0], "a.b-c": [-85.0, 5.0]}""", output.GetProperty("scales").GetRawText());
    }

    [Fact]
    public void A_device_without_enough_data_has_no_threshold_and_the_package_is_still_whole()
    {
        var package = Packages.Create() with { Fits = [] };

        var read = ModelPackage.FromFiles(package.ToFiles());

        Assert.Null(read.FitOf(DetectorConfig.Reconstruction, Packages.Device));
    }

    [Theory]
    [InlineData("model.pth")]
    [InlineData("global_scale.npy")]
    [InlineData("config.json")]
    [InlineData("metadata.json")]
    [InlineData("golden.npz")]
    [InlineData("scales/LT-2.npy")]
    [InlineData("thresholds/threshold_LT-2.npy")]
    [InlineData("detectors/reconstruction_LT-2.npz")]
    public void A_missing_or_damaged_file_is_named(string file)
    {
        Assert.Contains(file, Refusal(files => files.Remove(file)), StringComparison.Ordinal);
        Assert.Contains(file, Refusal(files => files[file] = files[file][..(files[file].Length / 2)]), StringComparison.Ordinal);
        Assert.Contains(file, Refusal(files => files[file] = "nonsense"u8.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_threshold_that_is_not_a_number_is_refused()
    {
        var refusal = Refusal(files => files["thresholds/threshold_LT-2.npy"] = NpyFile.Write(NpyArray.Scalar(double.NaN)));

        Assert.Contains("thresholds/threshold_LT-2.npy", refusal, StringComparison.Ordinal);
        Assert.Contains("NaN", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_threshold_that_contradicts_its_distribution_is_refused() =>
        Assert.Contains("says", Refusal(files => files["thresholds/threshold_LT-2.npy"] = NpyFile.Write(NpyArray.Scalar(0.5))), StringComparison.Ordinal);

    [Theory]
    [InlineData("thresholds/threshold_LT-3.npy")]
    [InlineData("scales/lt-2.npy")]
    [InlineData("detectors/bands_LT-2.npz")]
    public void A_file_of_a_device_or_detector_that_the_config_does_not_name_is_refused(string file) =>
        Assert.Contains(file, Refusal(files => files[file] = files["scales/LT-2.npy"]), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"format\": 1", "\"format\": 2", "format is 2")]
    [InlineData("\"conv-ae\",", "\"gru-ae\",", "'gru-ae'")]
    [InlineData("\"n_mels\": 64", "\"n_mels\": 32", "spec_hash")]
    [InlineData("\"LT-2\"", "\"../LT-2\"", "'../LT-2'")]
    [InlineData("\"reconstruction\"", "\"oracle\"", "'oracle'")]
    [InlineData("\"mean_plus_sigma\"", "\"quantile_95\"", "'quantile_95'")]
    [InlineData("\"validation\"", "\"test\"", "threshold_from 'test'")]
    [InlineData("\"scope\": \"LT-2_all\",", "", "scope")]
    public void A_config_that_promises_something_else_is_refused(string original, string forged, string complaint)
    {
        var refusal = Refusal(files =>
        {
            var json = Encoding.UTF8.GetString(files["config.json"].Span);
            Assert.Contains(original, json, StringComparison.Ordinal);
            files["config.json"] = Encoding.UTF8.GetBytes(json.Replace(original, forged, StringComparison.Ordinal));
        });

        Assert.StartsWith("config.json: ", refusal, StringComparison.Ordinal);
        Assert.Contains(complaint, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Quantiles_are_linear_between_neighbours_as_in_NumPy()
    {
        var fit = DetectorFit.Fit(DetectorConfig.Reconstruction, "d", [4, 1, 3, 2], sigma: 2, DetectorFit.MeanPlusSigma)!;

        // numpy.quantile([1, 2, 3, 4], [0.99, 0.999]) and numpy.std
        Assert.Equal(3.97, fit.Quantile99, 12);
        Assert.Equal(3.997, fit.Quantile999, 12);
        Assert.Equal(1.118033988749895, fit.StandardDeviation, 12);
        Assert.Equal(2.5 + 2 * 1.118033988749895, fit.Threshold, 12);
    }

    [Theory]
    [InlineData(DetectorFit.MeanPlusSigma, 2.5 + 2 * 1.118033988749895)]
    [InlineData(DetectorFit.MedianTimesMargin, 2.5 * 2.8)]
    [InlineData(DetectorFit.AtQuantile99, 3.97)]
    [InlineData(DetectorFit.AtQuantile999, 3.997)]
    public void The_rule_says_which_threshold_is_used_and_the_others_are_kept(string rule, double threshold)
    {
        var fit = DetectorFit.Fit(DetectorConfig.Reconstruction, Packages.Device, [4, 1, 3, 2], sigma: 2, rule)!;
        var package = Packages.Create();
        var config = package.Config with { Detectors = [new(DetectorConfig.Reconstruction, true, rule, DetectorConfig.FromTraining)] };

        var read = ModelPackage.FromFiles((package with { Config = config, Fits = [fit] }).ToFiles());

        Assert.Equal(config.Detectors, read.Config.Detectors);
        Assert.Equal(fit, Assert.Single(read.Fits));
        Assert.Equal(threshold, fit.Threshold, 12);
        Assert.Equal(2.5 + 2 * 1.118033988749895, fit.SigmaThreshold, 12);
        var refusal = Assert.Throws<ArgumentException>(() => DetectorFit.Fit(DetectorConfig.Reconstruction, "d", [1, 2], 3, "quantile_95"));
        Assert.Contains("'quantile_95'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_package_from_before_there_was_a_choice_is_read_and_has_its_threshold_from_the_validation_split()
    {
        var files = Packages.Create().ToFiles().ToDictionary();
        var config = JsonNode.Parse(files["config.json"].Span)!;
        Assert.True(config["detectors"]![0]!.AsObject().Remove("threshold_from"));
        files["config.json"] = Encoding.UTF8.GetBytes(config.ToJsonString());
        var metadata = JsonNode.Parse(files["metadata.json"].Span)!.AsObject();
        Assert.All(["device", "git_commit", "training_description"], name => Assert.True(metadata.Remove(name)));
        files["metadata.json"] = Encoding.UTF8.GetBytes(metadata.ToJsonString());
        var arrays = NpzFile.Read(files["detectors/reconstruction_LT-2.npz"].ToArray()).ToDictionary();
        Assert.True(arrays.Remove("mean_plus_sigma"));
        files["detectors/reconstruction_LT-2.npz"] = NpzFile.Write(arrays);

        var read = ModelPackage.FromFiles(files);

        Assert.Equal(DetectorConfig.FromValidation, Assert.Single(read.Config.Detectors).ThresholdFrom);
        Assert.Equal(Packages.Create().Fits, read.Fits);
        Assert.Null(read.Metadata.GitCommit);
    }

    [Fact]
    public void One_recording_says_nothing_about_spread() =>
        Assert.Null(DetectorFit.Fit(DetectorConfig.Reconstruction, "d", [1], sigma: 3));

    private static string Refusal(Action<Dictionary<string, ReadOnlyMemory<byte>>> damage)
    {
        var files = Packages.Create().ToFiles().ToDictionary();
        damage(files);
        return Assert.Throws<InvalidDataException>(() => ModelPackage.FromFiles(files)).Message;
    }

    private static JsonElement ReadByPython(ModelPackage package)
    {
        var folder = Directory.CreateTempSubdirectory();
        foreach (var (name, content) in package.ToFiles())
        {
            var path = Path.Combine(folder.FullName, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content.ToArray());
        }

        var output = JsonDocument.Parse(PythonTorch.Run("reference_autoencoder.py", folder.FullName)).RootElement;
        folder.Delete(recursive: true);
        return output;
    }
}
