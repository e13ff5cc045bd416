using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Testing;

namespace EndToEnd.Tests;

/// <summary>A version beside the champion, from its training to its promotion, through all services.</summary>
public sealed class ShadowTests(RunningPlatform platform) : IClassFixture<RunningPlatform>
{
    private const string Device = "LT-7";
    private const string Model = "device/LT-7_all/conv-ae";

    [Fact]
    public async Task A_shadow_judges_what_the_champion_judges_and_serves_once_it_is_promoted()
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
    }

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private static Task<JsonElement> Get(ServiceProcess service, string path) => RunningPlatform.Json(service.Http.GetAsync(path, CancellationToken));

    private static async Task Created(Task<HttpResponseMessage> call, HttpStatusCode status)
    {
        using var response = await call;
        Assert.True(response.StatusCode == status, await response.Content.ReadAsStringAsync());
    }
}
