using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>Models of deployments that a replica learnt of at its start are loaded when somebody needs them.</summary>
public sealed class FirstUseTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _device = RunningPredictor.NewDevice();

    [Fact]
    public async Task More_models_than_memory_holds_are_all_served_and_all_announced_as_loaded()
    {
        await using var registry = await DeploymentList.Start();
        var models = Enumerable.Range(0, 24).Select(seed => SampleModel.Create(RunningPredictor.NewDevice(), seed)).ToList();
        foreach (var model in models)
            registry.Deployed[model.Id] = await model.Publish(platform.Objects, 1, 1);
        await using var replica = await Replica(registry.Url, ("Serving__ModelMemoryMebibytes", "1"));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            foreach (var model in models)
            {
                var answer = await Ask(replica, model.Package.Config.Devices[0]);
                Assert.Equal(model.Score(SampleAudio.Hum()), answer.Score, 1e-5 * answer.Score);
            }
        }));

        // Of those that have to leave again, too: the registry's roll-out is about every replica having verified the deployment.
        foreach (var model in models)
            await platform.Loaded(model.Id, 1);
        Assert.InRange(await Metric(replica, "predictor_models_loaded"), 1, 8);
        Assert.InRange(await Metric(replica, "predictor_models_memory"), 1, 1024 * 1024);
        var serving = await replica.Http.GetStringAsync($"devices/{models[0].Package.Config.Devices[0]}/model", TestContext.Current.CancellationToken);
        Assert.Contains("\"inMemory\":false", serving, StringComparison.Ordinal);
    }

    [Fact]
    public async Task First_requests_share_one_load()
    {
        await using var bucket = new TestBucket();
        await bucket.InitializeAsync();
        await using var store = await StoreProxy.Start(TestServers.S3);
        await using var registry = await DeploymentList.Start();
        var model = SampleModel.Create(_device, seed: 1);
        var deployed = registry.Deployed[model.Id] = await model.Publish(bucket.Open(), 1, 1);
        var reads = 0;
        using var asked = new SemaphoreSlim(0);
        store.Before = async request =>
        {
            if (request == new StoreRequest("GET", $"{deployed.PackagePrefix}/model.pth"))
            {
                Interlocked.Increment(ref reads);
                await asked.WaitAsync(Patience); // until all requests have come
            }

            return true;
        };
        await using var replica = await Replica(
            registry.Url, ("ObjectStore__Uri", bucket.Options.Uri), ("ObjectStore__Endpoint", store.Endpoint),
            ("ObjectStore__AccessKey", bucket.Options.AccessKey!), ("ObjectStore__SecretKey", bucket.Options.SecretKey!));

        var answers = Enumerable.Range(0, 20).Select(_ => Ask(replica, _device)).ToList();
        await Eventually.Is(() => Volatile.Read(ref reads) == 1, Patience);
        Assert.DoesNotContain(answers, answer => answer.IsCompleted);
        asked.Release(100);

        Assert.Single((await Task.WhenAll(answers)).Select(answer => answer.Score).Distinct());
        Assert.Equal(1, reads);
    }

    [Fact]
    public async Task A_package_found_damaged_at_first_use_is_refused_with_the_reason_and_the_next_closest_model_serves()
    {
        await using var registry = await DeploymentList.Start();
        var alone = RunningPredictor.NewDevice();
        var (own, site, only) = (SampleModel.Create(_device, seed: 1), SampleModel.Create("site", $"{_device}_all", "pooled", [_device], seed: 2), SampleModel.Create(alone, seed: 3));
        foreach (var model in (SampleModel[])[own, site, only])
            registry.Deployed[model.Id] = await model.Publish(platform.Objects, 1, 1);
        foreach (var damaged in (SampleModel[])[own, only])
            await Damage(registry.Deployed[damaged.Id]);

        await using var replica = await Replica(registry.Url);

        Assert.Equal(site.Id, (await Ask(replica, _device)).ModelId);
        using var refused = await Post(replica, alone);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("model.pth", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.True((await platform.Rejected(own.Id, 1)).Permanent);
        Assert.True((await platform.Rejected(only.Id, 1)).Permanent);
        Assert.DoesNotContain(platform.Bus.Heard<ModelLoaded>(), loaded => loaded.ModelId == own.Id || loaded.ModelId == only.Id);
    }

    [Fact]
    public async Task While_the_store_cannot_give_a_package_requests_are_told_so_and_recordings_wait()
    {
        var model = SampleModel.Create(_device, seed: 1);
        var deployed = platform.Registry.Deployed[model.Id] = await model.Publish(platform.Objects, 1, 1, DateTimeOffset.UtcNow.AddHours(-1));
        var weights = platform.PathOf($"{deployed.PackagePrefix}/model.pth");
        File.Move(weights, weights + ".away");
        File.CreateSymbolicLink(weights, weights);
        var alone = new RunningPredictor();
        await using var clean = alone;
        await alone.InitializeAsync();
        var settings = alone.Settings(platform.Registry.Url);
        settings["ObjectStore__Uri"] = platform.Settings(platform.Registry.Url)["ObjectStore__Uri"];
        await alone.Replica.Stop();
        await using var replica = await ServiceProcess.Start("predictor", settings);

        using var answer = await Post(replica, _device);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var features = await platform.StoreFeatures(SampleAudio.Hum(), _device, DateTimeOffset.UtcNow);
        await alone.Bus.Publish(features);
        await Eventually.Is(async () => await alone.Unscored(_device) is ["model_unavailable"], Patience);

        File.Delete(weights);
        File.Move(weights + ".away", weights);
        Assert.Equal(model.Score(SampleAudio.Hum()), (await alone.Scored(features.RecordingId)).Score, 1e-5);
        await Eventually.Is(async () => (await alone.Unscored(_device)).Length == 0, Patience);
    }

    private async Task<ServiceProcess> Replica(string registryUrl, params (string Key, string Value)[] settings)
    {
        var all = platform.Settings(registryUrl);
        foreach (var (key, value) in settings)
            all[key] = value;
        return await ServiceProcess.Start("predictor", all);
    }

    private async Task Damage(ModelDeployed deployed)
    {
        var key = $"{deployed.PackagePrefix}/model.pth";
        var weights = await platform.Objects.ReadAll(key, TestContext.Current.CancellationToken);
        weights[weights.Length / 2] ^= 1;
        await platform.Objects.Put(key, new MemoryStream(weights), TestContext.Current.CancellationToken);
    }

    private static async Task<HttpResponseMessage> Post(ServiceProcess replica, string device)
    {
        using var content = new ByteArrayContent(SampleAudio.Hum()) { Headers = { ContentType = new MediaTypeHeaderValue("audio/wav") } };
        return await replica.Http.PostAsync($"devices/{device}/score", content, TestContext.Current.CancellationToken);
    }

    private static async Task<Answer> Ask(ServiceProcess replica, string device)
    {
        using var response = await Post(replica, device);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (await response.Content.ReadFromJsonAsync<Answer>(TestContext.Current.CancellationToken))!;
    }

    private static async Task<double> Metric(ServiceProcess replica, string name)
    {
        var text = await replica.Http.GetStringAsync("metrics", TestContext.Current.CancellationToken);
        var line = text.Split('\n').Single(line => line.StartsWith(name, StringComparison.Ordinal) && !line.StartsWith('#'));
        return double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
