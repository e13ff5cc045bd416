using System.Net;
using System.Net.Http.Json;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>A real service process, real broker, real packages in a real store.</summary>
public sealed class HotSwapTests : IAsyncLifetime
{
    private RunningPredictor _platform = null!;

    public async ValueTask InitializeAsync() => _platform = await RunningPredictor.Start();

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task No_request_fails_and_every_score_belongs_to_its_version_while_deployments_alternate()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var wav = SampleAudio.Hum();
        SampleModel[] versions = [SampleModel.Create("LT-2", seed: 1), SampleModel.Create("LT-2", seed: 2)];
        double[] expected = [versions[0].Score(wav), versions[1].Score(wav)];
        Assert.True(Math.Abs(expected[0] - expected[1]) > 1e-3 * expected[0], "The two models must differ, or the test shows nothing.");
        ModelDeployed[] packages = [await versions[0].Publish(_platform.Objects, 1, 1), await versions[1].Publish(_platform.Objects, 2, 2)];
        await _platform.Bus.Publish(packages[0]);
        await _platform.Loaded(1);

        using var swapping = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            var deployments = new List<long>();
            while (!swapping.IsCancellationRequested)
            {
                using var response = await _platform.Post("LT-2", wav);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                var answer = (await response.Content.ReadFromJsonAsync<Answer>(cancellationToken))!;
                Assert.Equal(answer.Deployment % 2 == 1 ? 1 : 2, answer.Version);
                Assert.Equal(expected[answer.Version - 1], answer.Score, 1e-5 * expected[0]);
                deployments.Add(answer.Deployment);
            }

            return deployments;
        }, cancellationToken)).ToArray();

        const int last = 40;
        for (var deployment = 2; deployment <= last; deployment++)
        {
            // Every third package is a copy under another key, so that it is loaded and not found in memory.
            var package = packages[(deployment - 1) % 2];
            await _platform.Bus.Publish(deployment % 3 == 0
                ? await versions[(deployment - 1) % 2].Publish(_platform.Objects, package.Version, deployment)
                : package with { Deployment = deployment });
            await _platform.Loaded(deployment);
        }

        await swapping.CancelAsync();
        var seen = (await Task.WhenAll(clients)).SelectMany(one => one).ToHashSet();
        Assert.True(seen.Count > 10, $"Only {seen.Count} deployments answered a request; the swaps were hardly under load.");
    }

    [Fact]
    public async Task A_corrupt_package_is_rejected_with_the_reason_and_disturbs_nobody()
    {
        var good = SampleModel.Create("LT-2", seed: 1);
        await _platform.Bus.Publish(await good.Publish(_platform.Objects, 1, 1));
        await _platform.Loaded(1);

        var corrupt = await SampleModel.Create("LT-2", seed: 2).Publish(_platform.Objects, 2, 2);
        var weights = await _platform.Objects.ReadAll($"{corrupt.PackagePrefix}/model.pth", TestContext.Current.CancellationToken);
        weights[weights.Length / 2] ^= 1;
        await _platform.Objects.Put($"{corrupt.PackagePrefix}/model.pth", new MemoryStream(weights), TestContext.Current.CancellationToken);
        var neighbour = SampleModel.Create("LT-3", seed: 3);
        await _platform.Bus.Publish(corrupt);
        await _platform.Bus.Publish(await neighbour.Publish(_platform.Objects, 1, 1));

        var rejected = await _platform.Rejected(good.Id, 2);
        Assert.Contains("model.pth", rejected.Reason, StringComparison.Ordinal);
        await Eventually.Is(
            () => Task.FromResult(_platform.Bus.Heard<ModelLoaded>().Any(loaded => loaded.ModelId == neighbour.Id)), TimeSpan.FromSeconds(20));
        Assert.Equal(1, (await _platform.Scored("LT-2", SampleAudio.Hum())).Version);
    }

    [Fact]
    public async Task A_package_of_another_spec_another_model_or_other_weights_than_promised_is_refused()
    {
        var good = SampleModel.Create("LT-2", seed: 1);
        await _platform.Bus.Publish(await good.Publish(_platform.Objects, 1, 1));
        await _platform.Loaded(1);
        var promised = await SampleModel.Create("LT-2", seed: 2).Publish(_platform.Objects, 2, 2);

        await _platform.Bus.Publish(promised with { SpecHash = new string('0', 64) });
        Assert.Contains("feature spec", (await _platform.Rejected(good.Id, 2)).Reason, StringComparison.Ordinal);

        await _platform.Bus.Publish(promised with { Deployment = 3, Devices = ["LT-9"] });
        Assert.Contains("LT-9", (await _platform.Rejected(good.Id, 3)).Reason, StringComparison.Ordinal);

        await _platform.Bus.Publish(promised with { Deployment = 4, PackageManifestSha256 = new string('0', 64) });
        await _platform.Rejected(good.Id, 4);

        // Weights of one model, golden scores of another: whole in itself, but it does not compute what it did when trained.
        var other = SampleModel.Create("LT-2", seed: 5).Package.Golden;
        var wrong = new SampleModel(SampleModel.Create("LT-2", seed: 4).Package with { Golden = other });
        await _platform.Bus.Publish(await wrong.Publish(_platform.Objects, 5, 5));
        Assert.Contains("golden.npz", (await _platform.Rejected(good.Id, 5)).Reason, StringComparison.Ordinal);

        Assert.Equal((1, 1L), await _platform.Scored("LT-2", SampleAudio.Hum()) is var scored ? (scored.Version, scored.Deployment) : default);
    }

    [Fact]
    public async Task An_older_deployment_that_arrives_late_is_ignored_and_the_live_one_is_announced_again()
    {
        var model = SampleModel.Create("LT-2", seed: 1);
        var deployed = await model.Publish(_platform.Objects, 3, 7);
        await _platform.Bus.Publish(deployed);
        await _platform.Loaded(7);

        await _platform.Bus.Publish(deployed with { Deployment = 6, Version = 2 });
        await _platform.Bus.Publish(deployed);

        await Eventually.Is(() => Task.FromResult(_platform.Bus.Heard<ModelLoaded>().Count(loaded => loaded.Deployment == 7) == 2), TimeSpan.FromSeconds(20));
        Assert.DoesNotContain(_platform.Bus.Heard<ModelLoaded>(), loaded => loaded.Deployment == 6);
        Assert.Equal(7, (await _platform.Scored("LT-2", SampleAudio.Hum())).Deployment);
    }
}
