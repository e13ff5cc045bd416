using Platform.Dsp;

namespace Platform.Models.Tests;

public sealed class GoldenDetectorTests
{
    private const double Tolerance = 1e-4;

    [Fact]
    public void A_package_keeps_what_its_detectors_said_and_says_it_again_when_loaded()
    {
        var package = LoadedModel.WithGoldenDetectors(DetectorPackages.Create());
        var files = package.ToFiles();
        var read = ModelPackage.FromFiles(files);
        using var model = LoadedModel.Load(read);

        model.VerifyGolden(1e-6);

        Assert.Equal(DetectorConfig.All.Skip(1).Order(), read.Golden.Detectors[Packages.Device].Keys.Order());
        Assert.All(read.Golden.Detectors[Packages.Device].Values, score => Assert.InRange(score, 1e-3, 1e9));
        Assert.Equal(files[PackageFiles.GoldenDetectors].ToArray(), read.ToFiles()[PackageFiles.GoldenDetectors].ToArray());
    }

    [Theory]
    [InlineData("bands", "centre")]
    [InlineData("profile", "centre")]
    [InlineData("profile", "whitening")]
    [InlineData("neighbour", "references")]
    [InlineData("transient", "whitening")]
    [InlineData("sustained", "references")]
    public void A_detector_whose_file_was_changed_is_refused_by_name_with_both_scores(string detector, string array)
    {
        var files = LoadedModel.WithGoldenDetectors(DetectorPackages.Create()).ToFiles().ToDictionary();
        var file = PackageFiles.Detector(detector, Packages.Device);
        var arrays = NpzFile.Read(files[file].ToArray()).ToDictionary();
        var values = arrays[array].ToDoubles();
        arrays[array] = NpyArray.Of([.. values.Select(value => 1.01 * value)], [.. arrays[array].Shape]);
        files[file] = NpzFile.Write(arrays); // its hash in the manifest would be that of these bytes
        var package = ModelPackage.FromFiles(files);
        using var model = LoadedModel.Load(package);

        var refusal = Assert.Throws<InvalidDataException>(() => model.VerifyGolden(Tolerance)).Message;

        Assert.StartsWith($"golden_detectors.json: detector '{detector}' of device 'LT-2' gives the golden patches ", refusal, StringComparison.Ordinal);
        var expected = package.Golden.Detectors[Packages.Device][detector];
        var here = LoadedModel.WithGoldenDetectors(package).Golden.Detectors[Packages.Device][detector];
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $" {here:g9} here, {expected:g9} where it was trained"), refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scale_that_was_changed_shows_in_what_is_said_of_levels()
    {
        var package = LoadedModel.WithGoldenDetectors(DetectorPackages.Create());
        using var model = LoadedModel.Load(package with { Scales = new Dictionary<string, Scale> { [Packages.Device] = new(-80, 1) } });

        Assert.Contains("'neighbour' of device 'LT-2'", Assert.Throws<InvalidDataException>(() => model.VerifyGolden(Tolerance)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_detector_that_only_one_side_has_is_refused()
    {
        var package = LoadedModel.WithGoldenDetectors(DetectorPackages.Create());
        using var added = LoadedModel.Load(package with { Golden = package.Golden with { Detectors = new Dictionary<string, IReadOnlyDictionary<string, double>>
        {
            [Packages.Device] = package.Golden.Detectors[Packages.Device].Where(one => one.Key != DetectorConfig.Transient).ToDictionary(),
        } } });
        using var missing = LoadedModel.Load(package with { Fits = [.. package.Fits.Where(fit => fit.Detector != DetectorConfig.Transient)] });

        Assert.Contains("no score where it was trained", Assert.Throws<InvalidDataException>(() => added.VerifyGolden(Tolerance)).Message, StringComparison.Ordinal);
        Assert.Contains("'transient' of device 'LT-2' gives the golden patches no score here", Assert.Throws<InvalidDataException>(() => missing.VerifyGolden(Tolerance)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_package_from_before_there_were_any_loads_as_it_did()
    {
        var files = LoadedModel.WithGoldenDetectors(DetectorPackages.Create()).ToFiles().ToDictionary();
        Assert.True(files.Remove(PackageFiles.GoldenDetectors));
        using var model = LoadedModel.Load(ModelPackage.FromFiles(files));

        model.VerifyGolden(Tolerance);

        Assert.Empty(model.Package.Golden.Detectors);
    }

    [Theory]
    [InlineData("""{"format": 2, "scores": {}}""", "golden_detectors.json: the format is 2")]
    [InlineData("""{"format": 1, "scores": null}""", "golden_detectors.json:")]
    [InlineData("""{"format": 1, "scores": {"LT-2": null}}""", "no score where it was trained")]
    [InlineData("junk", "golden_detectors.json:")]
    public void A_file_of_scores_that_cannot_be_read_is_refused_by_name(string json, string complaint)
    {
        var files = LoadedModel.WithGoldenDetectors(DetectorPackages.Create()).ToFiles().ToDictionary();
        files[PackageFiles.GoldenDetectors] = System.Text.Encoding.UTF8.GetBytes(json);

        var refusal = Assert.Throws<InvalidDataException>(() =>
        {
            using var model = LoadedModel.Load(ModelPackage.FromFiles(files));
            model.VerifyGolden(Tolerance);
        }).Message;

        Assert.Contains(complaint, refusal, StringComparison.Ordinal);
    }
}
