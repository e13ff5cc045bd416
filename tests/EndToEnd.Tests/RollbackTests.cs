using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Hosting;
using Platform.Testing;

namespace EndToEnd.Tests;

/// <summary>A package that went bad in the store, deployed on a platform with two replicas of the predictor.</summary>
public sealed class RollbackTests(RunningPlatform platform) : IClassFixture<RunningPlatform>
{
    [Fact]
    public async Task A_version_whose_package_is_damaged_is_rolled_back_everywhere_while_scoring_goes_on()
    {
        var other = await platform.AddPredictor();
        await platform.DeviceWithRecordings("RB-1", 12);
        await platform.Deployed(await platform.StartRun("RB-1", maxSteps: 120), "RB-1");
        const string modelId = "device/RB-1_all/conv-ae";
        await Completed(await RegisterOnly("RB-1"));
        await Damage($"models/{modelId}/v2/model.pth");

        var deployed = await RunningPlatform.Json(platform.Registry.Http.PostAsJsonAsync("deployments", new { modelId, version = 2, actor = "ada" }, TestContext.Current.CancellationToken));
        var id = deployed.GetProperty("id").GetInt64();
        await Eventually.Is(async () => (await Deployment(id)).GetProperty("state").GetString() == "rolled_back", TimeSpan.FromSeconds(30));

        // Both serve the first version under the third deployment; the way back needs no package from the store.
        foreach (var replica in new[] { platform.Predictor, other })
        {
            await Eventually.Is(async () =>
            {
                var model = await RunningPlatform.Json(replica.Http.GetAsync("devices/RB-1/model", TestContext.Current.CancellationToken));
                return (model.GetProperty("version").GetInt32(), model.GetProperty("deployment").GetInt64()) == (1, 3);
            });
            Assert.Equal(HttpStatusCode.OK, (await Score(replica)).StatusCode);
        }

        var deployments = (await Get($"deployments?modelId={Uri.EscapeDataString(modelId)}")).EnumerateArray().ToList();
        Assert.Equal(
            [(3, 1, "automatic_rollback"), (2, 2, "deployment"), (1, 1, "deployment")],
            deployments.Select(one => (one.GetProperty("deployment").GetInt32(), one.GetProperty("version").GetInt32(), one.GetProperty("kind").GetString()!)));
        await Eventually.Is(async () => (await Deployment(deployments[0].GetProperty("id").GetInt64())).GetProperty("state").GetString() == "live");
        var alert = Assert.Single((await Get("alerts")).EnumerateArray());
        Assert.Contains("model.pth' is corrupt", alert.GetProperty("message").GetString());
        var model = await Get($"models/{modelId}");
        Assert.Equal(["deployed", "rejected"], model.GetProperty("versions").EnumerateArray().Select(version => version.GetProperty("state").GetString()));
        Assert.Equal(JsonValueKind.Null, model.GetProperty("previous").ValueKind);
    }

    private async Task<Guid> RegisterOnly(string device)
    {
        var parameters = new { maxSteps = 120, seed = 0, minEpochs = 1, batchSize = 16, autoDeploy = false };
        var run = await RunningPlatform.Json(platform.Registry.Http.PostAsJsonAsync("runs", new { mode = "device", device, parameters }, TestContext.Current.CancellationToken));
        return run.GetProperty("id").GetGuid();
    }

    private async Task Completed(Guid run)
    {
        JsonElement state = default;
        await Eventually.Is(
            async () => (state = await Get($"runs/{run}")).GetProperty("state").GetString() is not ("queued" or "preparing" or "running"), TimeSpan.FromSeconds(120));
        Assert.True(state.GetProperty("state").GetString() == "completed", $"the run ended as {state}\n{platform.Trainer.Log}");
    }

    private async Task Damage(string key)
    {
        var store = platform.Bucket.Open();
        var bytes = await store.ReadAll(key, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await store.Put(key, new MemoryStream(bytes), TestContext.Current.CancellationToken);
    }

    private Task<JsonElement> Get(string path) => RunningPlatform.Json(platform.Registry.Http.GetAsync(path, TestContext.Current.CancellationToken));

    private Task<JsonElement> Deployment(long id) => Get($"deployments/{id}");

    private static async Task<HttpResponseMessage> Score(ServiceProcess replica)
    {
        using var content = new ByteArrayContent(MachineSound.Healthy(99));
        content.Headers.ContentType = new("audio/wav");
        return await replica.Http.PostAsync("devices/RB-1/score", content, TestContext.Current.CancellationToken);
    }
}
