using System.Net;
using System.Net.Http.Json;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>A real service process, real broker, real packages in a real store.</summary>
public sealed class HotSwapTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    private readonly string _device = RunningPredictor.NewDevice();

    [Fact]
    public async Task No_request_fails_and_every_score_belongs_to_its_version_while_deployments_alternate()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var wav = SampleAudio.Hum();
        SampleModel[] versions = [SampleModel.Create(_device, seed: 1), SampleModel.Create(_device, seed: 2)];
        double[] expected = [versions[0].Score(wav), versions[1].Score(wav)];
        Assert.True(Math.Abs(expected[0] - expected[1]) > 1e-3 * expected[0], "The two models must differ, or the test shows nothing.");
        ModelDeployed[] packages = [await versions[0].Publish(platform.Objects, 1, 1), await versions[1].Publish(platform.Objects, 2, 2)];
        await platform.Bus.Publish(packages[0]);
        await platform.Loaded(versions[0].Id, 1);

        var latest = 0L;
        using var swapping = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            var deployments = new List<long>();
            while (!swapping.IsCancellationRequested)
            {
                using var response = await platform.Post(_device, wav);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                var answer = (await response.Content.ReadFromJsonAsync<Answer>(cancellationToken))!;
                Assert.Equal(answer.Deployment % 2 == 1 ? 1 : 2, answer.Version);
                Assert.Equal(expected[answer.Version - 1], answer.Score, 1e-5 * expected[0]);
                deployments.Add(answer.Deployment);
                Interlocked.Exchange(ref latest, answer.Deployment);
            }

            return deployments;
        }, cancellationToken)).ToArray();

        const int last = 40;
        for (var deployment = 2; deployment <= last; deployment++)
        {
            // Every third package is a copy under another key with other metadata, so that it is loaded and not found in memory.
            var version = (deployment - 1) % 2;
            await platform.Bus.Publish(deployment % 3 == 0
                ? await versions[version].Anew().Publish(platform.Objects, version + 1, deployment)
                : packages[version] with { Deployment = deployment });
            await platform.Loaded(versions[0].Id, deployment);
            await Eventually.Is(() => Volatile.Read(ref latest) == deployment || clients.Any(client => client.IsCompleted)); // every swap is under load
        }

        await swapping.CancelAsync();
        var answers = (await Task.WhenAll(clients)).SelectMany(one => one).ToList();
        var seen = answers.Distinct().Count();
        TestContext.Current.TestOutputHelper?.WriteLine($"{answers.Count} requests, {seen} of {last} deployments seen");
        Assert.InRange(seen, last - 1, last); // the first one may be replaced before anybody asks
    }

    [Fact]
    public async Task A_corrupt_package_is_rejected_with_the_reason_and_disturbs_nobody()
    {
        var good = SampleModel.Create(_device, seed: 1);
        await platform.Deploy(good, 1);

        var corrupt = await SampleModel.Create(_device, seed: 2).Publish(platform.Objects, 2, 2);
        var weights = await platform.Objects.ReadAll($"{corrupt.PackagePrefix}/model.pth", TestContext.Current.CancellationToken);
        weights[weights.Length / 2] ^= 1;
        await platform.Objects.Put($"{corrupt.PackagePrefix}/model.pth", new MemoryStream(weights), TestContext.Current.CancellationToken);
        var neighbour = SampleModel.Create(RunningPredictor.NewDevice(), seed: 3);
        await platform.Bus.Publish(corrupt);
        await platform.Bus.Publish(await neighbour.Publish(platform.Objects, 1, 1));

        var rejected = await platform.Rejected(good.Id, 2);
        Assert.Contains("model.pth", rejected.Reason, StringComparison.Ordinal);
        Assert.True(rejected.Permanent);
        await platform.Loaded(neighbour.Id, 1);
        Assert.Equal(1, (await platform.Ask(_device, SampleAudio.Hum())).Version);
    }

    [Fact]
    public async Task A_package_that_is_not_what_was_deployed_is_refused_and_the_old_model_serves_on()
    {
        var good = SampleModel.Create(_device, seed: 1);
        await platform.Deploy(good, 1);
        var promised = await SampleModel.Create(_device, seed: 2).Publish(platform.Objects, 2, 2);

        await platform.Bus.Publish(promised with { SpecHash = new string('0', 64) });
        Assert.Contains("feature spec", (await platform.Rejected(good.Id, 2)).Reason, StringComparison.Ordinal);

        await platform.Bus.Publish(promised with { Deployment = 3, Devices = ["LT-9"] });
        Assert.Contains("LT-9", (await platform.Rejected(good.Id, 3)).Reason, StringComparison.Ordinal);

        await platform.Bus.Publish(promised with { Deployment = 4, PackageManifestSha256 = new string('0', 64) });
        Assert.Contains("manifest.json", (await platform.Rejected(good.Id, 4)).Reason, StringComparison.Ordinal);

        // Weights of one model, golden scores of another: whole in itself, but it does not compute what it did when trained.
        var stranger = SampleModel.Create(_device, seed: 5).Package.Golden;
        var wrong = new SampleModel(SampleModel.Create(_device, seed: 4).Package with { Golden = stranger });
        await platform.Bus.Publish(await wrong.Publish(platform.Objects, 5, 5));
        Assert.Contains("golden.npz", (await platform.Rejected(good.Id, 5)).Reason, StringComparison.Ordinal);

        var answer = await platform.Ask(_device, SampleAudio.Hum());
        Assert.Equal((1, 1L), (answer.Version, answer.Deployment));
    }

    [Fact]
    public async Task An_older_deployment_that_arrives_late_is_ignored_and_the_live_one_is_announced_again()
    {
        var model = SampleModel.Create(_device, seed: 1);
        var deployed = await model.Publish(platform.Objects, 3, 7);
        await platform.Bus.Publish(deployed);
        await platform.Loaded(model.Id, 7);

        await platform.Bus.Publish(deployed with { Deployment = 6, Version = 2 });
        await platform.Bus.Publish(deployed);

        // To the older one as well: a registry that was restored from a backup learns from it how far the replica is.
        await Eventually.Is(() => Loaded().Count(loaded => loaded.Deployment == 7) == 3);
        Assert.DoesNotContain(Loaded(), loaded => loaded.Deployment == 6);
        Assert.Equal(7, (await platform.Ask(_device, SampleAudio.Hum())).Deployment);
        Assert.Equal(7, (await platform.Get<Serving>($"devices/{_device}/model")).Deployment);

        IEnumerable<ModelLoaded> Loaded() => platform.Bus.Heard<ModelLoaded>().Where(loaded => loaded.ModelId == model.Id);
    }

    private sealed record Serving(string ModelId, int Version, long Deployment, DateTimeOffset LoadedAt, string SpecHash);
}
