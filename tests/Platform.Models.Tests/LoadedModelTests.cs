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
        var threshold = model.Package.FitOf(DetectorConfig.Reconstruction, Packages.Device)!.Threshold;

        var exactly = model.Judge(Packages.Device, [threshold - 0.25, threshold + 0.25]);
        var above = model.Judge(Packages.Device, [threshold, threshold + 0.5]);

        Assert.Equal(threshold, exactly.Score, 12);
        Assert.False(model.Judge(Packages.Device, [threshold]).Anomalous);
        Assert.True(above.Anomalous);
        Assert.Equal(threshold, above.Threshold);
        Assert.Equal(DetectorConfig.Reconstruction, above.Detector);
    }

    [Fact]
    public void Without_a_threshold_there_is_a_score_but_no_verdict()
    {
        using var model = LoadedModel.Load(Packages.Create() with { Fits = [] });

        var prediction = model.Judge(Packages.Device, [0.1, 0.3]);

        Assert.Equal(0.2, prediction.Score, 12);
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
    public void Another_device_or_another_patch_size_is_refused()
    {
        using var model = LoadedModel.Load(Packages.Create());
        var stored = new float[new PatchView(Packages.Spec).StoredLength];

        Assert.Contains("LT-9", Assert.Throws<ArgumentException>(() => model.Score("LT-9", stored)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => model.Score(Packages.Device, stored.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => model.Score(Packages.Device, []));
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
