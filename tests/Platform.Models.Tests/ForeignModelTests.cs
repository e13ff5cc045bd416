using Platform.Dsp;

namespace Platform.Models.Tests;

public sealed class ForeignModelTests
{
    private static readonly ModelPackage Own = Packages.Create();

    [Fact]
    public void What_a_Python_trainer_wrote_becomes_a_package_that_reads_back_and_computes_the_same()
    {
        var package = Read(Files());

        Assert.Equal(Packages.Tiny, package.Config.Architecture);
        Assert.Equal(new Scale(-80, 0), package.Scales[Packages.Device]);
        var read = ModelPackage.FromFiles(package.ToFiles());
        var fit = Assert.Single(read.Fits);
        Assert.Equal((0.25, 0), (fit.Threshold, fit.Count));
        Assert.Equal((DetectorFit.AsGiven, DetectorConfig.FromElsewhere), (read.Config.Detectors[0].Rule, read.Config.Detectors[0].ThresholdFrom));
        using var model = LoadedModel.Load(read);
        model.VerifyGolden(1e-6);
        using var original = LoadedModel.Load(Own);
        Assert.Equal(original.PatchErrors(Packages.Batch), model.PatchErrors(Packages.Batch));
        Assert.Equal(package.Golden.Patches, Read(Files()).Golden.Patches);
    }

    [Fact]
    public void Golden_scores_that_came_along_are_compared()
    {
        Assert.Equal(Own.Golden.Errors, Read(Files((PackageFiles.Golden, GoldenFile(Own.Golden)))).Golden.Errors);

        var other = Own.Golden with { Errors = [.. Own.Golden.Errors.Select(error => error * 1.01)] };
        var exception = Assert.Throws<InvalidDataException>(() => Read(Files((PackageFiles.Golden, GoldenFile(other)))));
        Assert.Contains("golden.npz: patch 0", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(0)]
    public void A_threshold_must_be_a_positive_number(double threshold)
    {
        var exception = Assert.Throws<InvalidDataException>(() => Read(Files((PackageFiles.Threshold(Packages.Device), NpyFile.Write(NpyArray.Scalar(threshold))))));

        Assert.Contains($"thresholds/threshold_{Packages.Device}.npy", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_threshold_the_device_has_none() =>
        Assert.Empty(Read(Files((PackageFiles.Threshold(Packages.Device), null))).Fits);

    private static ModelPackage Read(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files) =>
        ForeignModel.Read(files, Own.Config with { Detectors = [], Architecture = new() }, Own.Metadata);

    private static byte[] GoldenFile(GoldenScores golden) => (Own with { Golden = golden }).ToFiles()[PackageFiles.Golden].ToArray();

    private static Dictionary<string, ReadOnlyMemory<byte>> Files(params (string Name, byte[]? Content)[] changes)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>
        {
            [PackageFiles.Weights] = Golden.Bytes("ae_tiny_after10.pth"),
            [PackageFiles.GlobalScale] = NpyFile.Write(NpyArray.Of([-80.0, 0.0], 2)),
            [PackageFiles.Threshold(Packages.Device)] = NpyFile.Write(NpyArray.Of([0.25], 1)),
        };
        foreach (var (name, content) in changes)
        {
            files.Remove(name);
            if (content is not null)
                files[name] = content;
        }

        return files;
    }
}
