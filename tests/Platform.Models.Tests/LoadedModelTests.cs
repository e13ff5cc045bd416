using Platform.Dsp;

namespace Platform.Models.Tests;

public sealed class LoadedModelTests
{
    [Fact]
    public void A_loaded_package_reproduces_its_golden_scores()
    {
        using var model = LoadedModel.Load(ModelPackage.FromFiles(Packages.Create().ToFiles()));

        model.VerifyGolden(1e-6);
    }

    [Fact]
    public void Weights_that_were_changed_fail_the_golden_scores()
    {
        var package = Packages.Create();
        List<KeyValuePair<string, StateTensor>> weights = [.. package.Weights];
        var at = weights.FindIndex(pair => pair.Key == "decoder.9.bias");
        weights[at] = new("decoder.9.bias", StateTensor.FromFloats([weights[at].Value.ToFloats()[0] + 0.1f], 1));
        using var model = LoadedModel.Load(package with { Weights = weights });

        var exception = Assert.Throws<InvalidDataException>(() => model.VerifyGolden(1e-3));

        Assert.Contains("golden.npz: patch 0", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recording_is_anomalous_when_its_mean_patch_error_exceeds_the_threshold()
    {
        using var model = LoadedModel.Load(Packages.Create());
        var stored = Stored(3, seed: 5);
        var score = model.Score(Packages.Device, stored).Score;
        Assert.Equal(model.Score(Packages.Device, stored).PatchErrors.Average(), score, 12);

        var exactly = Under(score);
        var above = Under(Math.BitDecrement(score));

        Assert.False(exactly.Anomalous);
        Assert.Equal(score, exactly.Threshold);
        Assert.True(above.Anomalous);
        var threshold = Math.BitDecrement(score);
        Assert.Equal(threshold, above.Threshold);
        Assert.Equal(DetectorConfig.Reconstruction, above.Detector);

        Prediction Under(double limit)
        {
            var package = Packages.Create();
            using var limited = LoadedModel.Load(package with { Fits = [package.Fits[0] with { Threshold = limit }] });
            return limited.Score(Packages.Device, stored);
        }
    }

    [Fact]
    public void Without_a_threshold_there_is_a_score_but_no_verdict()
    {
        using var model = LoadedModel.Load(Packages.Create() with { Fits = [] });

        var prediction = model.Score(Packages.Device, Stored(2, seed: 6));

        Assert.Equal(prediction.PatchErrors.Average(), prediction.Score, 12);
        Assert.Null(prediction.Threshold);
        Assert.Null(prediction.Anomalous);
    }

    [Fact]
    public void A_recording_is_shown_to_the_network_under_the_models_view_and_scale()
    {
        using var model = LoadedModel.Load(Packages.Create());
        var view = new PatchView(Packages.Spec);
        float[] stored = [.. Enumerable.Range(0, 3 * view.StoredLength).Select(i => -60f + i % 37)];

        var prediction = model.Score(Packages.Device, stored);

        Assert.Equal(model.PatchErrors(view.ApplyAll(stored, 3, new Scale(-80, 0))), prediction.PatchErrors);
        Assert.Equal(3, prediction.PatchErrors.Count);
    }

    [Fact]
    public void Recordings_scored_in_one_pass_get_what_each_gets_alone()
    {
        using var model = LoadedModel.Load(Packages.Create());
        var (first, second) = (Stored(2, seed: 1), Stored(1, seed: 2));

        var together = model.ScoreAll([(Packages.Device, first), (Packages.Device, second)]);

        Assert.Equal([2, 1], together.Select(prediction => prediction.PatchErrors.Count));
        Assert.Equal(model.Score(Packages.Device, first).Score, together[0].Score, 1e-6 * together[0].Score);
        Assert.Equal(model.Score(Packages.Device, second).Score, together[1].Score, 1e-6 * together[1].Score);
        Assert.NotEqual(together[0].Score, together[1].Score, 1e-4);
        Assert.Empty(model.ScoreAll([]));
    }

    [Fact]
    public void An_explanation_averages_overlapping_windows_and_agrees_with_the_score()
    {
        var spec = new FeatureSpec(null, new Extraction { WinSeconds = 2, HopSeconds = 1.024 }, new View()); // hops of 32 of 63 frames
        var package = Packages.Create();
        using var model = LoadedModel.Load(package with { Config = package.Config with { FeatureSpec = spec } });
        var stored = Stored(2, seed: 3);

        var explained = model.Explain(Packages.Device, stored);

        var alone = new[] { 0, 1 }.Select(i => model.Explain(Packages.Device, stored.AsMemory(i * stored.Length / 2, stored.Length / 2))).ToArray();
        var score = model.Score(Packages.Device, stored);
        Assert.Equal((64, 63 + 32, 0.032), (explained.NMels, explained.Frames, explained.SecondsPerFrame));
        Assert.Equal(score.Score, explained.Prediction.Score, 1e-6 * score.Score);
        foreach (var mel in new[] { 0, 40, 63 })
        {
            Assert.Equal(alone[0].Map[mel * 63 + 31], explained.Map[mel * 95 + 31], 1e-6);
            Assert.Equal((alone[0].Map[mel * 63 + 32] + alone[1].Map[mel * 63]) / 2, explained.Map[mel * 95 + 32], 1e-6);
            Assert.Equal(alone[1].Map[mel * 63 + 62], explained.Map[mel * 95 + 94], 1e-6);
            Assert.Equal(explained.Map[(mel * 95)..(mel * 95 + 95)].Average(), explained.BandErrors[mel], 1e-6);
        }

        Assert.Equal(Enumerable.Range(0, 64).Average(mel => explained.Map[mel * 95 + 50]), explained.FrameErrors[50], 1e-6);
    }

    [Fact]
    public void An_explanation_leaves_gaps_between_windows_out()
    {
        var spec = new FeatureSpec(null, new Extraction { WinSeconds = 2, HopSeconds = 3.2 }, new View()); // hops of 100 of 63 frames
        var package = Packages.Create();
        using var model = LoadedModel.Load(package with { Config = package.Config with { FeatureSpec = spec } });

        var explained = model.Explain(Packages.Device, Stored(2, seed: 4));

        Assert.Equal(163, explained.Frames);
        Assert.True(double.IsNaN(explained.FrameErrors[63]) && double.IsNaN(explained.FrameErrors[99]));
        Assert.True(double.IsFinite(explained.FrameErrors[62]) && double.IsFinite(explained.FrameErrors[100]));
        Assert.All(explained.BandErrors, error => Assert.True(double.IsFinite(error)));
    }

    private static float[] Stored(int patches, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, patches * new PatchView(Packages.Spec).StoredLength).Select(_ => -80f + 70 * random.NextSingle())];
    }

    [Fact]
    public void Another_device_or_another_patch_size_is_refused()
    {
        using var model = LoadedModel.Load(Packages.Create());
        var stored = new float[new PatchView(Packages.Spec).StoredLength];

        Assert.Contains("LT-9", Assert.Throws<ArgumentException>(() => model.Score("LT-9", stored)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => model.Score(Packages.Device, stored.AsMemory(1)));
        Assert.Throws<ArgumentException>(() => model.Score(Packages.Device, default));
    }

    [Fact]
    public async Task Threads_may_score_while_the_model_is_disposed_and_each_gets_a_score_or_a_refusal()
    {
        for (var round = 0; round < 10; round++)
        {
            var model = LoadedModel.Load(Packages.Create());
            var expected = model.PatchErrors(Packages.Batch);
            using var started = new CountdownEvent(4);
            var scored = 0;
            Task[] threads = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    started.Signal();
                    try
                    {
                        while (true)
                        {
                            Assert.Equal(expected, model.PatchErrors(Packages.Batch));
                            Interlocked.Increment(ref scored);
                        }
                    }
                    catch (ObjectDisposedException)
                    {
                        return; // what a refusal is
                    }
                },
                TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default))];

            started.Wait(TestContext.Current.CancellationToken);
            SpinWait.SpinUntil(() => Volatile.Read(ref scored) > 20);
            model.Dispose();
            model.Dispose();
            await Task.WhenAll(threads);

            Assert.Throws<ObjectDisposedException>(() => model.PatchErrors(Packages.Batch));
        }
    }
}
