using System.Text.Json;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Models;
using Platform.Testing;
using Platform.Trainer.Results;
using Platform.Trainer.Slices;
using Platform.Trainer.Training;

namespace Platform.Trainer.Tests;

/// <summary>What comes out of a run: package, comparison with the champion, thresholds, and what is never handed over.</summary>
public sealed class TrainedModelTests(TestVhost vhost) : SliceRunnerTest(vhost)
{
    [Fact]
    public async Task A_small_dataset_becomes_a_package_and_a_run_folder()
    {
        using var worker = NewWorker();
        var message = await new TestDataset(40, ["LT-2"]).Store(_store, "run", Quick);

        var completed = Assert.IsType<SliceOutcome.Completed>(await worker.Run(message)).Result;

        var threshold = completed.Thresholds[0];
        Assert.Equal(("LT-2", "reconstruction", 8), (threshold.Device, threshold.Detector, threshold.Recordings));
        Assert.Equal((60, 160, 40), (completed.Steps, completed.Patches, completed.Recordings));
        Assert.NotNull(completed.NewErrorDb2);
        Assert.Null(completed.OldErrorDb2);
        using var model = LoadedModel.Load(await Package(completed));
        model.VerifyGolden(1e-6);
        Assert.Equal(TestDataset.Spec.Hash, completed.SpecHash);
        Assert.Equal(
            [$"checkpoints/best-{(await Package(completed)).Metadata.BestStep}/manifest.json", "checkpoints/checkpoint-60/manifest.json", "config.json", "logs/metrics-0000.jsonl", "logs/metrics.json",
                "logs/training-0000.log", "logs/training.log", "metadata.json", "model/config.json", "model/pytorch_model.bin",
                "model/training_args.json", "package/manifest.json", "results/eval_results.json", "results/loss_curve.svg",
                "results/predictions.json", "slices/0", "starts/000001"],
            (await Keys("runs/run/")).Where(key => !key.StartsWith("checkpoints/", StringComparison.Ordinal) && !key.StartsWith("package/", StringComparison.Ordinal)
                || key.EndsWith("manifest.json", StringComparison.Ordinal)));
        var predictions = JsonDocument.Parse(await _store.ReadAll("runs/run/results/predictions.json", Ct)).RootElement;
        Assert.Equal(40, predictions.GetArrayLength());
        Assert.Equal(8, predictions.EnumerateArray().Count(row => row.GetProperty("split").GetString() == "validation"));
        var log = System.Text.Encoding.UTF8.GetString(await _store.ReadAll("runs/run/logs/training.log", Ct));
        Assert.Matches(@"step 60 .*training \S+ validation \S+ lr 0\.003 \S+ s \d+ patches/s \d+ MiB", log);
        var metrics = JsonDocument.Parse(await _store.ReadAll("runs/run/logs/metrics.json", Ct)).RootElement;
        Assert.All(metrics.EnumerateArray(), point => Assert.All(
            ["lr", "seconds", "patches_per_second", "memory_mib"], name => Assert.True(point.GetProperty(name).GetDouble() > 0)));
        await Eventually.Is(() => _bus.Received<TrainingProgressed>().Any(progress => progress.Phase == TrainingPhases.Packaging && progress.Step == 60));
    }

    [Fact]
    public async Task The_metadata_says_what_made_the_run()
    {
        using var worker = NewWorker();
        var message = await new TestDataset(20, ["LT-1", "LT-2"], "balanced").Store(_store, "run", Quick);

        var package = await Package(Assert.IsType<SliceOutcome.Completed>(await worker.Run(message)).Result);

        var metadata = JsonDocument.Parse(await _store.ReadAll("runs/run/metadata.json", Ct)).RootElement;
        Assert.Equal("completed", metadata.GetProperty("status").GetString());
        Assert.Equal("full machine_type/pump_all balanced conv-ae", metadata.GetProperty("training_description").GetString());
        Assert.Equal((5, "cpu"), (metadata.GetProperty("seed").GetInt32(), metadata.GetProperty("device").GetString()));
        Assert.Equal(package.Metadata.StartedAt, metadata.GetProperty("started_at").GetDateTimeOffset());
        Assert.Equal(package.Metadata.CompletedAt, metadata.GetProperty("ended_at").GetDateTimeOffset());
        Assert.Equal(package.Metadata.LibtorchVersion, metadata.GetProperty("libtorch_version").GetString());
        Assert.Equal(Environment.MachineName, metadata.GetProperty("host").GetString());
        Assert.Equal(
            (Provenance.GitCommit, metadata.GetProperty("training_description").GetString(), "cpu"),
            (package.Metadata.GitCommit, package.Metadata.TrainingDescription, package.Metadata.Device));
    }

    [Fact]
    public async Task A_run_that_asks_for_a_GPU_where_there_is_none_is_trained_on_the_CPU_and_says_so()
    {
        Assert.SkipWhen(TorchSharp.torch.cuda.is_available(), "This machine has a GPU.");
        using var worker = NewWorker();
        var message = await new TestDataset(20, ["LT-2"]).Store(_store, "run", Quick with { Device = TrainingDevices.Cuda, Precision = Precisions.Amp });

        var package = await Package(Assert.IsType<SliceOutcome.Completed>(await worker.Run(message)).Result);

        Assert.Equal(("cpu", "fp32"), (package.Metadata.Device, package.Metadata.Precision));
        var note = Assert.Single(package.Metadata.Notes);
        Assert.Contains("although cuda was asked for", note, StringComparison.Ordinal);
        Assert.Contains("amp needs a GPU", note, StringComparison.Ordinal);
        var log = System.Text.Encoding.UTF8.GetString(await _store.ReadAll("runs/run/logs/training.log", Ct));
        Assert.Contains($"note: {note}", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_in_bfloat16_is_handed_over_in_full_precision()
    {
        Assert.SkipUnless(Machine.Look().Bf16, "This processor has no AVX-512 BW.");
        using var worker = NewWorker();
        var message = await new TestDataset(20, ["LT-2"]).Store(_store, "run", Quick with { Device = TrainingDevices.Cpu, Precision = Precisions.Bf16 });

        var package = await Package(Assert.IsType<SliceOutcome.Completed>(await worker.Run(message)).Result);

        Assert.Equal(("cpu", "bf16"), (package.Metadata.Device, package.Metadata.Precision));
        using var model = LoadedModel.Load(package);
        model.VerifyGolden(1e-6);
    }

    [Theory]
    [InlineData("1.0.0+ec31e5e18b77", "ec31e5e18b77")]
    [InlineData("1.0.0", null)]
    [InlineData("1.0.0+", null)]
    [InlineData(null, null)]
    public void The_commit_is_the_build_part_of_the_version(string? version, string? commit) => Assert.Equal(commit, Provenance.CommitOf(version));

    [Fact]
    public async Task Data_that_cannot_be_learned_fails_the_run_with_the_reason()
    {
        using var worker = NewWorker();
        var nan = await new TestDataset(10, ["LT-2"], distort: _ => float.NaN).Store(_store, "nan", Quick);
        var failed = Assert.IsType<SliceOutcome.Failed>(await worker.Run(nan)).Result;
        Assert.Contains("diverged", failed.Reason, StringComparison.Ordinal);
        var metadata = JsonDocument.Parse(await _store.ReadAll("runs/nan/metadata.json", Ct)).RootElement;
        Assert.Equal(("failed", failed.Reason), (metadata.GetProperty("status").GetString(), metadata.GetProperty("reason").GetString()));
        Assert.Equal("full device/LT-2_all conv-ae", metadata.GetProperty("training_description").GetString());
        Assert.Equal((TorchSharp.torch.__version__, "cpu"), (metadata.GetProperty("libtorch_version").GetString(), metadata.GetProperty("device").GetString()));
        Assert.InRange(metadata.GetProperty("started_at").GetDateTimeOffset(), metadata.GetProperty("requested_at").GetDateTimeOffset(), metadata.GetProperty("ended_at").GetDateTimeOffset());
        Assert.Equal(0, metadata.GetProperty("notes").GetArrayLength());
    }

    [Fact]
    public async Task A_network_that_learned_nothing_is_not_handed_over()
    {
        using var worker = NewWorker();
        var message = await new TestDataset(10, ["LT-2"], distort: _ => 0.25f).Store(_store, "run", Quick with { MaxSteps = 2 });

        var failed = Assert.IsType<SliceOutcome.Failed>(await worker.Run(message)).Result;

        Assert.Contains("learned nothing", failed.Reason, StringComparison.Ordinal);
        Assert.Empty(await Keys("runs/run/package/"));
    }

    [Fact]
    public async Task The_champion_is_measured_on_the_same_patches_under_its_own_scale()
    {
        using var worker = NewWorker();
        var dataset = new TestDataset(40, ["LT-2"]);
        var first = Assert.IsType<SliceOutcome.Completed>(await worker.Run(await dataset.Store(_store, "first", Quick))).Result;
        var champion = await PublishChampion(await Package(first), "champion/v1", widen: 0);
        var wider = await PublishChampion(await Package(first), "champion/v2", widen: 20);

        // No training to speak of: the incremental run hands over the champion's own weights.
        var still = Quick with { Mode = TrainingModes.Incremental, MaxSteps = 1, LearningRate = 1e-30 };
        var same = Assert.IsType<SliceOutcome.Completed>(await worker.Run(await dataset.Store(_store, "same", still, champion))).Result;
        var scaled = Assert.IsType<SliceOutcome.Completed>(await worker.Run(await dataset.Store(_store, "scaled", still, wider))).Result;

        Assert.Equal(champion.Version, same.ComparedWithVersion);
        Assert.Equal(first.NewErrorDb2!.Value, same.OldErrorDb2!.Value, first.NewErrorDb2.Value * 1e-4);
        // Under a wider scale the same network sees other values: another error, but still dB².
        Assert.NotEqual(same.OldErrorDb2.Value, scaled.OldErrorDb2!.Value, 1e-3);
        Assert.Equal(champion.Version, (await Package(same)).Metadata.StartedFrom);
    }

    [Fact]
    public async Task An_incremental_run_without_a_usable_champion_starts_from_scratch_and_says_so()
    {
        using var worker = NewWorker();
        var gone = new ChampionVersion(3, "champion/v3", new string('0', 64), TestDataset.Spec.Hash);
        var message = await new TestDataset(10, ["LT-2"]).Store(_store, "run", Quick with { Mode = TrainingModes.Incremental }, gone);

        var completed = Assert.IsType<SliceOutcome.Completed>(await worker.Run(message)).Result;

        var metadata = (await Package(completed)).Metadata;
        Assert.Null(metadata.StartedFrom);
        Assert.Contains("version 3 cannot be used", Assert.Single(metadata.Notes), StringComparison.Ordinal);
        Assert.Null(completed.OldErrorDb2);
    }

    [Fact]
    public async Task A_model_of_several_devices_has_a_scale_and_a_threshold_for_each()
    {
        using var worker = NewWorker();
        var message = await new TestDataset(20, ["LT-1", "LT-2"], "balanced").Store(_store, "run", Quick);

        var package = await Package(Assert.IsType<SliceOutcome.Completed>(await worker.Run(message)).Result);

        Assert.Equal(new Scale(-80, -10), package.Scales["LT-1"]);
        Assert.Equal(new Scale(-81, -9), package.Scales["LT-2"]);
        Assert.Equal(new Scale(-81, -9), package.GlobalScale);
        Assert.Equal(["LT-1", "LT-2"], package.Fits.Where(fit => fit.Detector == DetectorConfig.Reconstruction).Select(fit => fit.Device));
    }

    [Theory]
    [InlineData(ThresholdRules.Margin, ThresholdSources.Validation)]
    [InlineData(ThresholdRules.Sigma, ThresholdSources.Validation)]
    [InlineData(ThresholdRules.Q99, ThresholdSources.Validation)]
    [InlineData(ThresholdRules.Q999, ThresholdSources.Training)]
    public async Task The_threshold_asked_for_is_used_and_all_are_in_the_package_and_the_results(string rule, string source)
    {
        using var worker = NewWorker();
        var parameters = Quick with { ThresholdRule = rule, ThresholdFrom = source, ThresholdSigma = 2 };
        var completed = Assert.IsType<SliceOutcome.Completed>(
            await worker.Run(await new TestDataset(40, ["LT-2"]).Store(_store, "run", parameters))).Result;

        var package = await Package(completed);
        var predictions = JsonDocument.Parse(await _store.ReadAll("runs/run/results/predictions.json", Ct)).RootElement.EnumerateArray();
        var split = source == ThresholdSources.Validation ? "validation" : "train";
        double[] scores = [.. predictions.Where(row => row.GetProperty("split").GetString() == split).Select(row => row.GetProperty("score").GetDouble())];
        Assert.Equal(source == ThresholdSources.Validation ? 8 : 32, scores.Length);
        var expected = DetectorFit.Fit(DetectorConfig.Reconstruction, "LT-2", scores, 2)!;
        var threshold = rule switch
        {
            ThresholdRules.Margin => expected.MarginThreshold,
            ThresholdRules.Sigma => expected.SigmaThreshold,
            ThresholdRules.Q99 => expected.Quantile99,
            _ => expected.Quantile999,
        };
        Assert.Equal(expected with { Threshold = threshold }, package.Fits[0]);
        Assert.Equal(threshold, completed.Thresholds[0].Threshold);
        Assert.Equal(DetectorConfig.All, completed.Thresholds.Select(one => one.Detector));
        Assert.All(package.Config.Detectors, detector => Assert.Equal((rule, source), (RuleOf(detector.Rule), detector.ThresholdFrom)));
        var results = JsonDocument.Parse(await _store.ReadAll("runs/run/results/eval_results.json", Ct)).RootElement;
        Assert.Equal(threshold, results.GetProperty("thresholds")[0].GetProperty("threshold").GetDouble());
        Assert.Equal(expected.SigmaThreshold, results.GetProperty("thresholds")[0].GetProperty("sigma_threshold").GetDouble());
        Assert.Equal(source, results.GetProperty("detectors")[0].GetProperty("threshold_from").GetString());
        Assert.Equal(32, results.GetProperty("thresholds_from").GetProperty("training")[0].GetProperty("count").GetInt32());
        Assert.Equal(8, results.GetProperty("thresholds_from").GetProperty("validation")[0].GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task The_test_set_is_reported_apart_and_sets_no_threshold()
    {
        using var worker = NewWorker();
        var message = await new TestDataset(40, ["LT-2"]).Store(_store, "run", Quick with { ValidationFraction = 0.15, TestFraction = 0.15 });
        // With no standard deviation added the threshold is the mean of the validation scores, and some of the test set lie above.
        var completed = Assert.IsType<SliceOutcome.Completed>(
            await worker.Run(message with { Parameters = message.Parameters with { ThresholdSigma = 0, ThresholdRule = ThresholdRules.Sigma } })).Result;

        var results = JsonDocument.Parse(await _store.ReadAll("runs/run/results/eval_results.json", Ct)).RootElement;
        JsonElement[] rows = [.. JsonDocument.Parse(await _store.ReadAll("runs/run/results/predictions.json", Ct)).RootElement.EnumerateArray()];
        JsonElement[] test = [.. rows.Where(row => row.GetProperty("split").GetString() == "test")];
        var report = results.GetProperty("test");
        Assert.Equal((6, 40), (test.Length, rows.Length));
        Assert.Equal((6, 24), (report.GetProperty("recordings").GetInt32(), report.GetProperty("patches").GetInt32()));
        Assert.Equal(test.Average(row => row.GetProperty("score").GetDouble()), report.GetProperty("mean_error").GetDouble(), 1e-12);
        Assert.Equal(
            test.Count(row => row.GetProperty("exceeded").GetBoolean()) / 6.0, report.GetProperty("share_above_threshold").GetDouble(), 1e-12);
        Assert.Equal([6, 6, 34, 34, 34], completed.Thresholds.Select(one => one.Recordings)); // the test set is in no fold either
        Assert.Equal(
            rows.Where(row => row.GetProperty("split").GetString() == "validation").Average(row => row.GetProperty("score").GetDouble()),
            completed.Thresholds[0].Threshold, 1e-12);
    }

    [Fact]
    public async Task Too_little_data_gives_a_model_without_a_threshold()
    {
        using var worker = NewWorker();
        var message = await new TestDataset(4, ["LT-2"]).Store(_store, "run", Quick with { LearningRate = 3e-3, MaxSteps = 100 });

        var completed = Assert.IsType<SliceOutcome.Completed>(await worker.Run(message)).Result;

        Assert.Empty(completed.Thresholds);
        Assert.Null(completed.ValidationLoss);
        Assert.Null(completed.NewErrorDb2);
    }

    private static string RuleOf(string rule) => rule switch
    {
        DetectorFit.MedianTimesMargin or DetectorFit.MarginOrQuantile95 => ThresholdRules.Margin, // what lasts has no margin under that rule
        DetectorFit.MeanPlusSigma => ThresholdRules.Sigma,
        DetectorFit.AtQuantile99 => ThresholdRules.Q99,
        _ => ThresholdRules.Q999,
    };

    private async Task<ModelPackage> Package(TrainingCompleted completed)
    {
        var folder = await Artifacts.Read(_store, completed.PackagePrefix, completed.PackageManifestSha256, Ct);
        return ModelPackage.FromFiles(folder.Files.ToDictionary(file => file.Key, file => (ReadOnlyMemory<byte>)file.Value));
    }

    private async Task<ChampionVersion> PublishChampion(ModelPackage package, string prefix, double widen)
    {
        var scales = package.Scales.ToDictionary(scale => scale.Key, scale => new Scale(scale.Value.Min - widen, scale.Value.Max + widen));
        var sha256 = await Artifacts.Publish(_store, prefix, (package with { Scales = scales }).ToFiles(), Ct);
        return new ChampionVersion(prefix[^1] - '0', prefix, sha256!, package.Config.FeatureSpec.Hash);
    }
}
