using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Testing;

namespace EndToEnd.Tests;

/// <summary>A version beside the champion, from its training to its promotion and, when it is no good, back, through all services.</summary>
public sealed class ShadowTests(RunningPlatform platform) : IClassFixture<RunningPlatform>
{
    private const string Device = "LT-7";
    private const string Model = "device/LT-7_all/conv-ae";

    [Fact]
    public async Task A_shadow_judges_what_the_champion_judges_serves_once_it_is_promoted_and_is_rolled_back_once_when_it_leaves_its_band()
    {
        await platform.DeviceWithRecordings(Device, 12);
        await platform.Deployed(await platform.StartRun(Device, maxSteps: 120), Device);
        var parameters = new { maxSteps = 120, minEpochs = 1, batchSize = 16, rollbackFactor = 100, autoDeploy = false };
        await Created(platform.Registry.Http.PostAsJsonAsync("runs", new { mode = "device", device = Device, parameters }, CancellationToken), HttpStatusCode.Accepted);
        await Eventually.Is(
            async () => (await Get(platform.Registry, $"models/{Model}")).GetProperty("versions").GetArrayLength() == 2
                && (await Get(platform.Registry, $"models/{Model}")).GetProperty("versions")[1].GetProperty("state").GetString() == "registered",
            TimeSpan.FromSeconds(120));

        await Created(platform.Registry.Http.PostAsJsonAsync($"models/{Model}/shadow", new { version = 2 }, CancellationToken), HttpStatusCode.Created);
        await Eventually.Is(async () => (await Get(platform.Predictor, $"comparisons/{Model}")).GetProperty("state").GetString() == "live", TimeSpan.FromSeconds(30));
        var uploaded = new List<Guid>();
        for (var i = 0; i < 5; i++)
            uploaded.Add(await platform.Upload(Device, MachineSound.Healthy(100 + i), DateTimeOffset.UtcNow.AddMinutes(i)));

        await Eventually.Is(
            async () => (await Get(platform.Predictor, $"comparisons/{Model}")).GetProperty("total") is { ValueKind: JsonValueKind.Object } total
                && total.GetProperty("recordings").GetInt32() == 5,
            TimeSpan.FromSeconds(60));
        foreach (var recording in uploaded)
            Assert.Equal(1, (await platform.PredictionOf(Device, recording)).GetProperty("version").GetInt32());

        await Created(platform.Registry.Http.PostAsJsonAsync($"models/{Model}/shadow/promote", new { actor = "ada" }, CancellationToken), HttpStatusCode.Created);

        await Eventually.Is(
            async () => (await Get(platform.Predictor, $"devices/{Device}/model")).GetProperty("version").GetInt32() == 2, TimeSpan.FromSeconds(30));
        await Eventually.Is(async () => (await Get(platform.Predictor, $"comparisons/{Model}")).GetProperty("state").GetString() == "promoted", TimeSpan.FromSeconds(30));
        var after = await platform.Upload(Device, MachineSound.Healthy(200), DateTimeOffset.UtcNow.AddMinutes(10));
        Assert.Equal(2, (await platform.PredictionOf(Device, after)).GetProperty("version").GetInt32());
        Assert.Equal(5, (await Get(platform.Predictor, $"comparisons/{Model}")).GetProperty("total").GetProperty("recordings").GetInt32());

        await LeavesItsBand();
    }

    /// <summary>The predictor finds it, the registry takes it back, and the predictor serves what was before; that one stays although the machine goes on so.</summary>
    private async Task LeavesItsBand()
    {
        await platform.RestartPredictor(("Trends__BaselineRecordings", "5"), ("Trends__RecentRecordings", "5"));
        await Created(platform.Registry.Http.PutAsJsonAsync($"policies/device/{Device}", new { parameters = new { rollbackOnDrift = true } }, CancellationToken), HttpStatusCode.Created);
        // What an alarm says needs no other word, so there is to be none.
        await Created(platform.Predictor.Http.PutAsJsonAsync($"devices/{Device}/alarm-rules", new { openAfter = 100, ofLast = 100 }, CancellationToken), HttpStatusCode.OK);

        await Judged(version: 2, second: 20);
        Assert.Empty(await LeftBand());
        await Judged(version: null, second: 30, worn: true);
        await Eventually.Is(async () => (await Get(platform.Predictor, $"devices/{Device}/model")).GetProperty("version").GetInt32() == 1, TimeSpan.FromSeconds(30));
        Assert.Contains("Rolled back to v1, as the policy", Assert.Single(await LeftBand()), StringComparison.Ordinal);

        await Judged(version: 1, second: 40);
        await Judged(version: 1, second: 50, worn: true);
        await Eventually.Is(async () => (await LeftBand()).Count == 2, TimeSpan.FromSeconds(30));
        Assert.Contains(await LeftBand(), alert => alert.Contains("it is itself what was gone back to", StringComparison.Ordinal));
        var deployments = (await Get(platform.Registry, $"deployments?modelId={Uri.EscapeDataString(Model)}")).EnumerateArray();
        Assert.Equal(
            [(1, "automatic_rollback"), (2, "deployment"), (1, "deployment")],
            deployments.Select(one => (one.GetProperty("version").GetInt32(), one.GetProperty("kind").GetString()!)));
    }

    /// <summary>Five recordings, one after the other, so that none is late.</summary>
    /// <param name="version">Who judges them; null where that may change on the way.</param>
    private async Task Judged(int? version, int second, bool worn = false)
    {
        for (var i = 0; i < 5; i++)
        {
            var wav = worn ? MachineSound.Worn(1_000 + second + i) : MachineSound.Healthy(1_000 + second + i);
            var recording = await platform.Upload(Device, wav, DateTimeOffset.UtcNow.AddMinutes(15).AddSeconds(second + i));
            var judged = await platform.PredictionOf(Device, recording);
            Assert.True(version is null || judged.GetProperty("version").GetInt32() == version, $"{judged}");
        }
    }

    private async Task<IReadOnlyList<string>> LeftBand() =>
    [
        .. (await Get(platform.Registry, "alerts")).EnumerateArray()
            .Where(alert => alert.GetProperty("kind").GetString() == "champion_left_band").Select(alert => alert.GetProperty("message").GetString()!),
    ];

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private static Task<JsonElement> Get(ServiceProcess service, string path) => RunningPlatform.Json(service.Http.GetAsync(path, CancellationToken));

    private static async Task Created(Task<HttpResponseMessage> call, HttpStatusCode status)
    {
        using var response = await call;
        Assert.True(response.StatusCode == status, await response.Content.ReadAsStringAsync());
    }
}
