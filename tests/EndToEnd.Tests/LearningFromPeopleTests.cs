using System.Net.Http.Json;
using System.Text.Json;
using Platform.Testing;

namespace EndToEnd.Tests;

/// <summary>A false alarm from the alarm to the model that has learnt it, and back.</summary>
public sealed class LearningFromPeopleTests(RunningPlatform platform) : IClassFixture<RunningPlatform>
{
    private const string Device = "LT-9";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_false_alarm_is_labelled_learnt_and_absorbed_until_the_model_is_rolled_back()
    {
        await platform.DeviceWithRecordings(Device, recordings: 12);
        await platform.Deployed(await platform.StartRun(Device, maxSteps: 150, seed: 1), Device);
        Guid[] strange = [await platform.Upload(Device, MachineSound.Worn(9_001)), await platform.Upload(Device, MachineSound.Worn(9_002))];
        foreach (var recording in strange)
            Assert.Equal("anomalous", (await platform.PredictionOf(Device, recording)).GetProperty("verdict").GetString());
        var alarm = Assert.Single((await Predictor($"alarms?device={Device}&open=true")).EnumerateArray()).GetProperty("id").GetGuid();

        // A person heard them: the machine runs with a new tool, and that is how it sounds.
        foreach (var recording in strange)
        {
            await Verdict(recording, "anomalous");
            var label = new { label = "normal", by = "ann", note = "new tool" };
            var labelled = await RunningPlatform.Json(platform.Ingest.Http.PutAsJsonAsync($"recordings/{recording}/label", label, Cancelled));
            Assert.Equal("verified_normal", labelled.GetProperty("label").GetString());
        }

        await Eventually.Is(async () => (await Shown(alarm)).GetProperty("outcome").GetString() == "false_alarm");
        Assert.False((await Shown(alarm)).GetProperty("open").GetBoolean());
        await Data(falseAlarms: 2, absorbed: 0, "retrain_needed");

        var second = await platform.StartRun(Device, maxSteps: 150, seed: 2);
        await RunEnded(second);
        await Deploy(2); // whether or not the gate let it through by itself
        await Data(falseAlarms: 2, absorbed: 2, "up_to_date");
        foreach (var recording in strange)
            await Eventually.Is(async () => (await Ingest(recording)).GetProperty("absorbedVersion") is { ValueKind: JsonValueKind.Number } version && version.GetInt32() == 2);
        await Eventually.Is(async () => (await Scores(alarm)).Count(score => score.GetProperty("absorbed").ValueKind == JsonValueKind.Object) == 2);

        await Deploy(1);
        await Data(falseAlarms: 2, absorbed: 0, "retrain_needed");
        await Eventually.Is(async () => (await Ingest(strange[0])).GetProperty("absorbedBy").ValueKind == JsonValueKind.Null);
        await Eventually.Is(async () => (await Scores(alarm)).All(score => score.GetProperty("absorbed").ValueKind == JsonValueKind.Null));
    }

    private Task RunEnded(Guid run) => Eventually.Is(
        async () => (await RunningPlatform.Json(platform.Registry.Http.GetAsync($"runs/{run}", Cancelled))).GetProperty("state").GetString() == "completed",
        TimeSpan.FromSeconds(120));

    private async Task Deploy(int version)
    {
        var wish = new { modelId = $"device/{Device}_all/conv-ae", version, force = true };
        using var answer = await platform.Registry.Http.PostAsJsonAsync("deployments", wish, Cancelled);
        var text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.IsSuccessStatusCode || text.Contains("deployed already", StringComparison.Ordinal), text);
        await Eventually.Is(async () => (await Predictor($"devices/{Device}/model")).GetProperty("version").GetInt32() == version, TimeSpan.FromSeconds(30));
    }

    private Task Verdict(Guid recording, string verdict) =>
        Eventually.Is(async () => (await Ingest(recording)).GetProperty("verdict").GetString() == verdict);

    private Task Data(int falseAlarms, int absorbed, string state) => Eventually.Is(
        async () =>
        {
            var data = await RunningPlatform.Json(platform.Features.Http.GetAsync($"devices/{Device}/data", Cancelled));
            return (data.GetProperty("falseAlarms").GetInt32(), data.GetProperty("absorbed").GetInt32(), data.GetProperty("state").GetString())
                == (falseAlarms, absorbed, state);
        },
        TimeSpan.FromSeconds(30));

    private async Task<JsonElement> Shown(Guid alarm) => (await Predictor($"alarms/{alarm}")).GetProperty("alarm");

    private async Task<List<JsonElement>> Scores(Guid alarm) =>
        [.. (await Predictor($"alarms/{alarm}")).GetProperty("scores").EnumerateArray()];

    private Task<JsonElement> Predictor(string path) => RunningPlatform.Json(platform.Predictor.Http.GetAsync(path, Cancelled));

    private Task<JsonElement> Ingest(Guid recording) => RunningPlatform.Json(platform.Ingest.Http.GetAsync($"recordings/{recording}", Cancelled));
}
