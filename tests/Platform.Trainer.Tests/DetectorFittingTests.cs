using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Models;
using Platform.Testing;
using Platform.Trainer.Detectors;
using Platform.Trainer.Slices;

namespace Platform.Trainer.Tests;

public sealed class DetectorFittingTests(TestVhost vhost) : SliceRunnerTest(vhost)
{
    [Fact]
    public async Task The_predictor_gives_the_recordings_of_the_training_the_scores_that_the_trainer_gave_them()
    {
        using var worker = NewWorker();
        var dataset = new TestDataset(40, ["LT-2"]);
        var parameters = Quick with { ThresholdFrom = ThresholdSources.Training };
        var completed = Assert.IsType<SliceOutcome.Completed>(await worker.Run(await dataset.Store(_store, "run", parameters))).Result;
        var folder = await Artifacts.Read(_store, completed.PackagePrefix, completed.PackageManifestSha256, Ct);
        var package = ModelPackage.FromFiles(folder.Files.ToDictionary(file => file.Key, file => (ReadOnlyMemory<byte>)file.Value));
        using var model = LoadedModel.Load(package);

        var scale = package.Scales["LT-2"];
        var predictions = Enumerable.Range(0, 40).Select(recording => model.Score("LT-2", (float[])
        [
            .. Enumerable.Range(4 * recording, 4).SelectMany(dataset.Patch).Select(value => (float)(value * scale.Width + scale.Min)),
        ])).ToArray();

        // Levels are fitted on all recordings, so the mean of the scores behind their thresholds is that of all.
        foreach (var detector in new[] { DetectorConfig.Profile, DetectorConfig.Transient })
        {
            var scores = predictions.Select(prediction => prediction.Detectors.Single(result => result.Detector == detector).Score);
            var fit = package.FitOf(detector, "LT-2")!;
            Assert.Equal(40, fit.Count);
            Assert.Equal(fit.Mean, scores.Average(), 1e-3 * fit.Mean + 1e-6);
        }

        Assert.All(predictions, one => Assert.Equal(0, one.Detectors[3].Score, 1e-4)); // each is its own nearest one,
        Assert.True(package.FitOf(DetectorConfig.Neighbour, "LT-2")!.Median > 0.1); // so its threshold comes from folds in any case
        Assert.True(package.FitOf(DetectorConfig.Bands, "LT-2")!.Mean < predictions.Average(one => one.Detectors[1].Score)); // held-out ones deviate more
    }

    [Fact]
    public void Bursts_are_whitened_by_their_own_shrunk_covariance()
    {
        using var data = new TestDataset(40, ["LT-2"]).Data;
        var bursts = new Bursts(TestDataset.Spec);

        var fitted = BurstFitting.Fit(data, bursts, "LT-2", [.. data.Recordings]);

        var covariance = new double[16, 16];
        var scale = data.Devices["LT-2"];
        for (var patch = 0; patch < 160; patch++)
        {
            var found = new double[16 * bursts.Count];
            bursts.Of([.. data.Gather([patch]).Select(value => (float)(value * scale.Width + scale.Min))], found);
            for (var i = 0; i < 16; i++)
            {
                for (var j = 0; j < 16; j++)
                {
                    for (var frame = 0; frame < bursts.Count; frame++)
                        covariance[i, j] += (i == j ? 1 : 0.9) * found[i * bursts.Count + frame] * found[j * bursts.Count + frame] / (160 * bursts.Count);
                }
            }
        }

        var whitening = fitted.Model!.Gaussian.Whitening;
        for (var i = 0; i < 16; i++)
        {
            for (var j = 0; j < 16; j++)
            {
                var product = 0.0;
                for (var k = 0; k < 16; k++)
                {
                    for (var l = 0; l < 16; l++)
                        product += whitening[i * 16 + k] * covariance[k, l] * whitening[j * 16 + l];
                }

                Assert.Equal(i == j ? 1 : 0, product, 1e-4);
            }
        }

        Assert.Equal(40, fitted.Unseen.Count);
        Assert.NotEqual(fitted.Seen, fitted.Unseen);
    }

    [Fact]
    public void A_fold_is_one_block_of_time_and_is_scored_by_what_the_others_say()
    {
        // Ten recordings at one level and then two that are louder: scored by the others, those two stand out although they are a sixth of all.
        double[][] samples = [.. Enumerable.Range(0, 12).Select(i => new[] { i < 10 ? -40.0 + 0.1 * (i % 3) : -30 })];

        var scores = Folds.Scores(samples, others => new DetectorModel(ShrunkGaussian.Fit(others, 0.1)));

        Assert.Equal([0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4], Folds.Of(12));
        Assert.Equal(Math.Pow(100 - 1, 2), scores[11], 1e-6 * 9801 + 60); // 10 dB of a least deviation of 0.1, from a centre near −39.9
        Assert.All(scores[..10], score => Assert.True(score < 5));
    }

    [Fact]
    public void Drift_is_what_neighbours_in_time_know_and_other_times_do_not()
    {
        var random = new Random(5);
        Func<IReadOnlyList<double[]>, DetectorModel> fit = others => new DetectorModel(ShrunkGaussian.Fit(others, 0.1));

        var steady = Drift((_, _) => 0);
        var wandering = Drift((i, band) => 4 * Math.Sin(i / (7.0 + band) + 2 * band));

        Assert.InRange(steady, 0.9, 1.1);
        Assert.InRange(wandering, 1.5, 100);

        double Drift(Func<int, int, double> level)
        {
            double[][] samples = [.. Enumerable.Range(0, 60).Select(i => Enumerable.Range(0, 8).Select(band => level(i, band) + random.NextDouble()).ToArray())];
            return Folds.Drift(samples, Folds.Scores(samples, fit), fit);
        }
    }

    [Theory]
    [InlineData(4, 1, 0, true)]
    [InlineData(2, 1, 0, false)] // too short to tell what lasts from what passes by
    [InlineData(4, 0, 0, false)] // all at the same time: nobody knows in which order
    [InlineData(4, 1, 0.05, false)] // bands wander by 3.5 dB
    public void Only_a_machine_that_does_not_drift_and_is_recorded_long_enough_gets_the_narrow_detector(
        int patches, double minutesApart, double wander, bool expected)
    {
        using var data = new TestDataset(40, ["LT-2"], patchesPerRecording: patches, minutesApart: minutesApart, wander: wander).Data;

        var fitted = SustainedFitting.Fit(data, "LT-2", [.. data.Recordings], levels => new DetectorModel(ShrunkGaussian.Fit(levels, 0.1)));

        Assert.Equal(expected, fitted is not null);
        if (fitted is not null)
        {
            Assert.InRange(fitted.Drift!.Value, 0.1, 1.1);
            Assert.Equal(40, fitted.Unseen.Count);
            var quietest = Enumerable.Range(0, 40).Average(recording => Enumerable.Range(4 * recording, 4).Min(patch => data.Gather([patch])[..16].Average()));
            var scale = data.Devices["LT-2"];
            Assert.Equal(quietest * scale.Width + scale.Min, fitted.Model!.Gaussian.Centre[0], 1e-3);
        }
    }

    [Fact]
    public async Task A_dataset_from_before_levels_were_kept_gets_the_detectors_that_need_none()
    {
        using var worker = NewWorker();
        var dataset = new TestDataset(40, ["LT-2"], withLevels: false);

        var completed = Assert.IsType<SliceOutcome.Completed>(await worker.Run(await dataset.Store(_store, "run", Quick))).Result;

        Assert.Equal(["reconstruction", "bands", "transient", "sustained"], completed.Thresholds.Select(threshold => threshold.Detector));
    }
}
