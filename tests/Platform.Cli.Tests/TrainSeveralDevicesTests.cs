using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Cli.Demo.Sound;
using Platform.Testing;

namespace Platform.Cli.Tests;

/// <summary>The real program trains models of several devices on the real platform.</summary>
public sealed class TrainSeveralDevicesTests(WholePlatform platform) : IClassFixture<WholePlatform>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_waits_for_every_device_with_a_threshold_and_says_which_stay_with_a_closer_model()
    {
        var spec = new { name = "win1s", extraction = new { winSeconds = 1.0, hopSeconds = 1.0, nMels = 32 } };
        (await platform.Features.PostAsJsonAsync("feature-specs", spec, Cancelled)).EnsureSuccessStatusCode();
        await Device("LT-1", "S001", recordings: 6);
        await Device("LT-2", "S002", recordings: 6);
        await Device("LT-3", "S002", recordings: 1);

        // 1. All three are in the model; one recording is too little for a threshold.
        var ofType = await Train("--machine-type", "pump", "--aggregation", "balanced");
        Assert.Equal("machine_type/pump_all/balanced/conv-ae", ofType.GetProperty("modelId").GetString());
        Assert.Equal(["LT-1", "LT-2"], Strings(ofType, "served"));
        Assert.Equal(["LT-3"], Strings(ofType, "withoutThreshold"));
        Assert.Empty(ofType.GetProperty("elsewhere").EnumerateObject());

        // 2. A device gets its own model, and keeps it when the type is trained again; for people this time.
        Assert.Equal(["LT-1"], Strings(await Train("LT-1"), "served"));
        var (exitCode, output, errors) = await CommandLine.Run(platform.State, "train", "--machine-type", "pump", "--aggregation", "balanced", "--steps", "40");
        Assert.True(exitCode == 0, output + errors);
        Assert.Contains("Served for LT-2.", output);
        Assert.Contains("Another model is closer and stays: LT-1 has device/LT-1_all/conv-ae v1.", output);
        Assert.Contains("Too little data for a threshold: LT-3.", output);

        // 3. What does not exist is one line.
        var (refused, _, line) = await CommandLine.Run(platform.State, "train", "--global", "--devices", "LT-9,LT-1,LT-8");
        Assert.Equal((1, "error: registry refused this run (400): devices: unknown device: 'LT-8', 'LT-9'."), (refused, line.Trim()));
        Assert.Contains("sites: '' is not a code", (await CommandLine.Run(platform.State, "train", "--machine-type", "pump", "--sites", "")).Errors);
    }

    private async Task<JsonElement> Train(params string[] arguments)
    {
        var (exitCode, output, errors) = await CommandLine.Run(platform.State, ["train", .. arguments, "--steps", "40", "--json"]);
        Assert.True(exitCode == 0, output + errors);
        return JsonDocument.Parse(output).RootElement;
    }

    private async Task Device(string device, string site, int recordings)
    {
        var settings = new { site, machineType = "pump", featureSpec = "win1s" };
        (await platform.Ingest.PutAsJsonAsync($"devices/{device}", settings, Cancelled)).EnsureSuccessStatusCode();
        for (var i = 0; i < recordings; i++)
        {
            var clip = new Clip();
            clip.AddNoise(new Randomness((ulong)i), 0.02, null);
            clip.AddHarmonics(_ => 120 + i * 0.1, phase: i, [0.1, 0.05, 0.02]);
            using var wav = new ByteArrayContent(clip.ToWav()) { Headers = { ContentType = new MediaTypeHeaderValue("audio/wav") } };
            var at = DateTimeOffset.UtcNow.AddMinutes(i - 100).ToString("O");
            (await platform.Ingest.PutAsync($"devices/{device}/recordings?recordedAt={Uri.EscapeDataString(at)}", wav, Cancelled)).EnsureSuccessStatusCode();
        }

        await Eventually.Is(
            async () =>
            {
                using var response = await platform.Features.GetAsync($"devices/{device}/data", Cancelled);
                return response.IsSuccessStatusCode
                    && (await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("extracted").GetInt32() == recordings;
            },
            TimeSpan.FromSeconds(60));
    }

    private static IEnumerable<string?> Strings(JsonElement result, string name) => result.GetProperty(name).EnumerateArray().Select(one => one.GetString());
}
