using System.Diagnostics;
using System.Net;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>How a replica learns what is deployed when nobody announces it.</summary>
public sealed class CatchUpTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    private readonly string _device = RunningPredictor.NewDevice();

    [Fact]
    public async Task A_replica_that_starts_later_serves_what_the_registry_names_and_is_ready_only_then()
    {
        var model = SampleModel.Create(_device, seed: 1);
        var deployed = await model.Publish(platform.Objects, 4, 9);
        var port = FreePorts.Next();
        await using var replica = ServiceProcess.Launch("predictor", platform.Settings($"http://127.0.0.1:{port}"));

        // The registry is not there yet: everything else is ready, and the replica says what it waits for.
        await Eventually.Is(
            async () =>
            {
                using var health = await replica.Http.GetAsync("health/ready", TestContext.Current.CancellationToken);
                var text = await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                return health.StatusCode == HttpStatusCode.ServiceUnavailable
                    && text.Contains("has not said yet", StringComparison.Ordinal)
                    && text.Split("\"unhealthy\"").Length - 1 == 2; // the whole, and this one check
            },
            TimeSpan.FromSeconds(30));

        await using var registry = await DeploymentList.Start(port, deployed); // the replica asks at any moment

        await Eventually.Is(
            async () => (await replica.Http.GetAsync("health/ready", TestContext.Current.CancellationToken)).IsSuccessStatusCode,
            TimeSpan.FromSeconds(30));
        var serving = await replica.Http.GetStringAsync($"devices/{_device}/model", TestContext.Current.CancellationToken);
        Assert.Contains("\"deployment\":9", serving, StringComparison.Ordinal);
        await platform.Loaded(model.Id, 9);
    }

    [Fact]
    public async Task After_a_lost_connection_the_registry_is_asked_again()
    {
        var model = SampleModel.Create(_device, seed: 1);
        var asked = platform.Registry.Asked;
        platform.Registry.Deployed[model.Id] = await model.Publish(platform.Objects, 1, 1);

        await Eventually.Is(async () => await platform.Vhost.DropConnections("predictor ") > 0, TimeSpan.FromSeconds(30));

        await Eventually.Is(() => platform.Registry.Asked > asked, TimeSpan.FromSeconds(30));
        await Eventually.Is(async () => (await platform.Ask(_device, SampleAudio.Hum())).Deployment == 1, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task One_bad_deployment_in_the_list_keeps_no_other_from_being_served()
    {
        var (bad, good) = (SampleModel.Create(RunningPredictor.NewDevice(), seed: 1), SampleModel.Create(_device, seed: 2));
        await using var registry = await DeploymentList.Start();
        registry.Deployed[bad.Id] = (await bad.Publish(platform.Objects, 1, 1)) with { PackagePrefix = "models/nowhere" };
        registry.Deployed[good.Id] = await good.Publish(platform.Objects, 1, 1);

        await using var replica = await ServiceProcess.Start("predictor", platform.Settings(registry.Url));

        var rejected = await platform.Rejected(bad.Id, 1);
        Assert.Contains("models/nowhere", rejected.Reason, StringComparison.Ordinal);
        Assert.True(rejected.Permanent);
        var serving = await replica.Http.GetStringAsync($"devices/{_device}/model", TestContext.Current.CancellationToken);
        Assert.Contains(good.Id, serving, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_that_the_store_cannot_give_now_is_loaded_once_it_can()
    {
        // A link to itself where a file belongs: reading fails as it does on a sick disk, which says nothing against the package.
        var model = SampleModel.Create(_device, seed: 1);
        var deployed = await model.Publish(platform.Objects, 1, 1);
        var weights = platform.PathOf($"{deployed.PackagePrefix}/model.pth");
        File.Move(weights, weights + ".away");
        File.CreateSymbolicLink(weights, weights);
        platform.Registry.Deployed[model.Id] = deployed;

        await platform.Bus.Publish(deployed);
        Assert.False((await platform.Rejected(model.Id, 1)).Permanent);
        File.Delete(weights);
        File.Move(weights + ".away", weights);

        await platform.Loaded(model.Id, 1);
    }

    [Fact]
    public async Task An_empty_store_is_no_fault_of_the_package()
    {
        using var unmounted = new TestFolder();
        var model = SampleModel.Create(_device, seed: 1);
        await using var registry = await DeploymentList.Start();
        registry.Deployed[model.Id] = await model.Publish(platform.Objects, 1, 1);
        var settings = platform.Settings(registry.Url);
        settings["ObjectStore__Uri"] = unmounted.Options.Uri;

        await using var replica = await ServiceProcess.Start("predictor", settings);

        Assert.False((await platform.Rejected(model.Id, 1)).Permanent);
    }

    [Fact]
    public async Task A_replica_that_was_down_serves_all_of_sixty_models_within_seconds_of_its_start()
    {
        await using var registry = await DeploymentList.Start();
        var models = Enumerable.Range(0, 60).Select(number => SampleModel.Create(RunningPredictor.NewDevice(), seed: number)).ToList();
        foreach (var model in models)
            registry.Deployed[model.Id] = await model.Publish(platform.Objects, 1, 1);

        var started = Stopwatch.StartNew();
        await using var replica = await ServiceProcess.Start("predictor", platform.Settings(registry.Url));

        // Ready means: everything that the registry named is loaded.
        TestContext.Current.TestOutputHelper?.WriteLine($"{started.Elapsed.TotalSeconds:F2} s from the start of the process to ready; {replica.Log.Split('\n').First(line => line.Contains("Caught up", StringComparison.Ordinal))}");
        foreach (var device in models.Select(model => model.Package.Config.Devices[0]))
            Assert.Contains("\"deployment\":1", await replica.Http.GetStringAsync($"devices/{device}/model", TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // Five seconds on a machine of its own; tests share theirs, and it may be a slow one.
        Assert.InRange(started.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_replica_says_that_it_lives()
    {
        await platform.AddReplica();

        await Eventually.Is(
            () => platform.Bus.Heard<ReplicaAlive>().GroupBy(one => one.Replica).Count() >= 2, TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("Registry__Url", "registry:8080", "Registry__Url")]
    [InlineData("Registry__Url", "", "Registry__Url")]
    [InlineData("Scoring__Parallelism", "-1", "Scoring__Parallelism")]
    [InlineData("Scoring__MaxAudioMebibytes", "0", "Scoring__MaxAudioMebibytes")]
    public async Task A_wrong_setting_ends_the_start_with_one_line_that_names_it(string key, string value, string named)
    {
        var settings = platform.Settings(platform.Registry.Url);
        settings[key] = value;

        await using var replica = ServiceProcess.Launch("predictor", settings);

        Assert.Equal(1, await replica.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Contains(named, replica.Log, StringComparison.Ordinal);
        Assert.Single(replica.Log.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_device_is_kept_by_its_highest_revision()
    {
        var newest = new DeviceChanged(_device, "S002", "fan", "Europe/Berlin", "small", 5, DateTimeOffset.UtcNow);
        await platform.Bus.Publish(newest);
        await platform.Bus.Publish(newest with { Site = "S001", Revision = 4 });
        await platform.Bus.Publish(newest with { Site = "S003", Revision = 3 });
        var later = RunningPredictor.NewDevice();
        await platform.Bus.Publish(newest with { Device = later });

        await Eventually.Is(async () => (await Sites(later)).Length == 1);
        await Eventually.Is(async () => await Sites(_device) is ["S002"]);
    }

    private Task<string[]> Sites(string device) =>
        platform.Rows<string>("SELECT site FROM predictor.device WHERE device = @device", new { device });
}
