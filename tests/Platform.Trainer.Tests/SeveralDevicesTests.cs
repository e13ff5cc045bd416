using System.Text.Json;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Models;
using Platform.Testing;
using Platform.Trainer.Slices;

namespace Platform.Trainer.Tests;

/// <summary>A model of several devices: what each device gets of it, and how it is compared with the one before.</summary>
public sealed class SeveralDevicesTests(TestVhost vhost) : SliceRunnerTest(vhost)
{
    [Theory]
    [InlineData("pooled")]
    [InlineData("balanced")]
    public async Task Each_device_has_its_own_scale_and_a_threshold_from_its_own_recordings(string aggregation)
    {
        using var worker = NewWorker();
        var message = await new TestDataset([("LT-1", 40), ("LT-2", 10)], aggregation).Store(_store, "run", Quick with { ThresholdSigma = 2 });

        var completed = Assert.IsType<SliceOutcome.Completed>(await worker.Run(message)).Result;

        // Two recordings of LT-2 were held out, too few for its bands; levels are fitted in folds over all.
        Assert.Equal(
            [
                ("LT-1", "reconstruction", 8), ("LT-2", "reconstruction", 2), ("LT-1", "bands", 8), ("LT-1", "profile", 40), ("LT-2", "profile", 10),
                ("LT-1", "neighbour", 40), ("LT-2", "neighbour", 10), ("LT-1", "transient", 40), ("LT-2", "transient", 10),
                ("LT-1", "sustained", 40), ("LT-2", "sustained", 10),
            ],
            completed.Thresholds.Select(threshold => (threshold.Device, threshold.Detector, threshold.Recordings)));
        var package = await Package(completed);
        Assert.Equal(["LT-2"], new[] { "LT-1", "LT-2" }.Where(device => package.IsAlarming(package.Config.Detectors[0], device)));
        var predictions = await Predictions("run");
        var folder = await Artifacts.Read(_store, completed.PackagePrefix, completed.PackageManifestSha256, Ct);
        foreach (var (device, number) in new[] { ("LT-1", 0), ("LT-2", 1) })
        {
            double[] scores = [.. predictions.Where(row => row.Device == device && row.HeldOut).Select(row => row.PatchErrors.Average())];
            var expected = DetectorFit.Fit(DetectorConfig.Reconstruction, device, scores, 2)!.Threshold;
            Assert.Equal(expected, completed.Thresholds[number].Threshold, 1e-12);
            Assert.Equal(expected, NpyFile.Read(folder.Files[$"thresholds/threshold_{device}.npy"]).ToDoubles()[0], 1e-12);
            Assert.Equal([-80.0 - number, -10 + number], NpyFile.Read(folder.Files[$"scales/{device}.npy"]).ToDoubles());
        }

        // Of the run's own measure: each device's mean, or all patches alike.
        double[] means = [.. predictions.Where(row => row.HeldOut).GroupBy(row => row.Device).Select(own => own.SelectMany(row => row.PatchErrors).Average())];
        var pooled = predictions.Where(row => row.HeldOut).SelectMany(row => row.PatchErrors).Average();
        Assert.NotEqual(means.Average(), pooled, 1e-3 * pooled);
        Assert.Equal(aggregation == "balanced" ? means.Average() : pooled, completed.ValidationLoss!.Value, 1e-9);
    }

    [Fact]
    public async Task A_device_with_too_little_data_has_a_scale_and_no_threshold_and_the_others_have_theirs()
    {
        using var worker = NewWorker();
        var message = await new TestDataset([("LT-1", 20), ("LT-2", 1), ("LT-3", 10)], "balanced").Store(_store, "run", Quick);

        var completed = Assert.IsType<SliceOutcome.Completed>(await worker.Run(message)).Result;

        Assert.Equal(["LT-1", "LT-3"], completed.Thresholds.Select(threshold => threshold.Device).Distinct());
        var folder = await Artifacts.Read(_store, completed.PackagePrefix, completed.PackageManifestSha256, Ct);
        Assert.Equal(
            ["scales/LT-1.npy", "scales/LT-2.npy", "scales/LT-3.npy", "thresholds/threshold_LT-1.npy", "thresholds/threshold_LT-3.npy"],
            folder.Files.Keys.Where(name => name.StartsWith("scales/", StringComparison.Ordinal) || name.StartsWith("thresholds/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        using var model = LoadedModel.Load(await Package(completed));
        Assert.Null(model.Package.FitOf(DetectorConfig.Reconstruction, "LT-2"));
    }

    [Theory]
    [InlineData("pooled")]
    [InlineData("balanced")]
    public async Task Versions_are_compared_in_squared_decibels_each_device_under_its_own_scale(string aggregation)
    {
        using var worker = NewWorker();
        var dataset = new TestDataset([("LT-1", 40), ("LT-2", 10)], aggregation);
        var champion = await Champion(worker, dataset);

        var parameters = Quick with { Mode = TrainingModes.Incremental, MaxSteps = 10 };
        var next = Assert.IsType<SliceOutcome.Completed>(await worker.Run(await dataset.Store(_store, "next", parameters, champion))).Result;

        var (ofNew, ofOld) = (ErrorDb2(await Predictions("next"), aggregation), ErrorDb2(await Predictions("first"), aggregation));
        Assert.NotEqual(ofNew, ofOld, 1e-2 * ofOld);
        Assert.Equal(ofNew, next.NewErrorDb2!.Value, 1e-4 * ofNew); // a scale adds 1e-6 to its width
        Assert.Equal(ofOld, next.OldErrorDb2!.Value, 1e-4 * ofOld);
        Assert.Equal((1, 1), (next.ComparedWithVersion, (await Package(next)).Metadata.StartedFrom));
    }

    [Fact]
    public async Task A_device_that_the_champion_does_not_know_keeps_the_others_from_nothing()
    {
        using var worker = NewWorker();
        var champion = await Champion(worker, new TestDataset([("LT-1", 20), ("LT-2", 20)]));
        var parameters = Quick with { Mode = TrainingModes.Incremental, MaxSteps = 10 };
        var grown = new TestDataset([("LT-1", 20), ("LT-2", 20), ("LT-9", 20)]);
        var foreign = new TestDataset([("LT-8", 20), ("LT-9", 20)]);

        var completed = Assert.IsType<SliceOutcome.Completed>(await worker.Run(await grown.Store(_store, "grown", parameters, champion))).Result;
        var apart = Assert.IsType<SliceOutcome.Completed>(await worker.Run(await foreign.Store(_store, "foreign", parameters, champion))).Result;

        // Both on the same patches: what the new device adds is in neither of the two errors.
        var ofOld = ErrorDb2(await Predictions("first"), "pooled");
        var ofNew = ErrorDb2([.. (await Predictions("grown")).Where(row => row.Device != "LT-9")], "pooled");
        Assert.Equal(ofOld, completed.OldErrorDb2!.Value, 1e-4 * ofOld);
        Assert.Equal(ofNew, completed.NewErrorDb2!.Value, 1e-4 * ofNew);
        Assert.Equal(["LT-1", "LT-2", "LT-9"], completed.Thresholds.Select(threshold => threshold.Device).Distinct());
        Assert.Equal("Compared with version 1 on 2 of 3 devices; it does not know LT-9.", Assert.Single((await Package(completed)).Metadata.Notes));
        Assert.Null(apart.OldErrorDb2);
        Assert.NotNull(apart.NewErrorDb2);
    }

    private static double ErrorDb2(IReadOnlyList<(string Device, bool HeldOut, double[] PatchErrors)> predictions, string aggregation)
    {
        var byDevice = predictions.Where(row => row.HeldOut).GroupBy(row => row.Device)
            .Select(own => own.SelectMany(row => row.PatchErrors).Select(error => error * (own.Key == "LT-1" ? 70 * 70 : 72 * 72)).ToArray()).ToArray();
        return aggregation == "balanced" ? byDevice.Average(errors => errors.Average()) : byDevice.SelectMany(errors => errors).Average();
    }

    private async Task<ChampionVersion> Champion(Worker worker, TestDataset dataset)
    {
        var first = Assert.IsType<SliceOutcome.Completed>(await worker.Run(await dataset.Store(_store, "first", Quick))).Result;
        return new ChampionVersion(1, first.PackagePrefix, first.PackageManifestSha256, first.SpecHash);
    }

    private async Task<ModelPackage> Package(TrainingCompleted completed)
    {
        var folder = await Artifacts.Read(_store, completed.PackagePrefix, completed.PackageManifestSha256, Ct);
        return ModelPackage.FromFiles(folder.Files.ToDictionary(file => file.Key, file => (ReadOnlyMemory<byte>)file.Value));
    }

    private async Task<IReadOnlyList<(string Device, bool HeldOut, double[] PatchErrors)>> Predictions(string run)
    {
        var rows = JsonDocument.Parse(await _store.ReadAll($"runs/{run}/results/predictions.json", Ct)).RootElement;
        return
        [
            .. rows.EnumerateArray().Select(row => (
                row.GetProperty("device").GetString()!,
                row.GetProperty("split").GetString() == "validation",
                row.GetProperty("patch_errors").Deserialize<double[]>()!)),
        ];
    }
}
