using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text.Json;
using Platform.Hosting;
using Platform.Models.Tests;

namespace EndToEnd.Tests;

/// <summary>One recording, four ways to its scores: event, HTTP, Python from the stored patches, Python from the WAV. And a fifth: the replay.</summary>
public sealed class AgreementTests(RunningPlatform platform) : IClassFixture<RunningPlatform>
{
    private const double Tolerance = 1e-5;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_event_the_HTTP_path_and_Python_on_the_exported_package_agree_and_so_does_a_replay_after_a_retraining()
    {
        await platform.DeviceWithRecordings("AG-1", 20); // enough for every detector
        var run = await platform.Deployed(await platform.StartRun("AG-1", maxSteps: 150, seed: 1), "AG-1");
        await platform.PredictionOf("AG-1", await platform.Upload("AG-1", MachineSound.Worn(5_000))); // two of three open an alarm
        var wav = MachineSound.Worn(5_001);
        var recording = await platform.Upload("AG-1", wav);
        var prediction = await platform.PredictionOf("AG-1", recording);

        var @event = await Event(recording);
        var http = Scores((await Post("devices/AG-1/score", wav)).GetProperty("detectors"));
        var python = Python(await Exported(run), wav, await StoredPatches(recording));

        Assert.Equal(prediction.GetProperty("score").GetDouble(), @event[prediction.GetProperty("detector").GetString()!].Score);
        Assert.Equal(["bands", "neighbour", "profile", "reconstruction", "transient"], @event.Keys.Order());
        Agree(@event, http);
        Agree(@event, Of(python, "stored"));
        Agree(@event, Of(python, "wav"));
        Assert.InRange(python.GetProperty("largestDifferenceDb").GetDouble(), 0, 1e-3);

        // The same number once more, from the archive, when another version serves and this one is in nobody's memory.
        await platform.Deployed(await platform.StartRun("AG-1", maxSteps: 120, seed: 2), "AG-1");
        await platform.Deployed(await platform.StartRun("AG-1", maxSteps: 120, seed: 3), "AG-1");
        var alarm = prediction.GetProperty("alarmId").GetGuid();
        var replay = (await Post($"alarms/{alarm}/replay")).GetProperty("recordings")[0];
        Assert.Equal("identical", replay.GetProperty("outcome").GetString());
        Assert.All(replay.GetProperty("links").EnumerateArray(), link => Assert.Equal("verified", link.GetProperty("state").GetString()));
        Assert.Equal(@event.Keys.Order(), replay.GetProperty("detectors").EnumerateArray().Select(one => one.GetProperty("detector").GetString()!).Order());
        Assert.All(replay.GetProperty("detectors").EnumerateArray(), one =>
            Assert.Equal(@event[one.GetProperty("detector").GetString()!].Score, one.GetProperty("now").GetDouble()));
        var version = run.GetProperty("version").GetInt32();
        var explained = await RunningPlatform.Json(platform.Predictor.Http.GetAsync($"recordings/{recording}/explanation", Cancelled));
        Assert.True(explained.GetProperty("relative").GetBoolean()); // the package knows what is usual for each band
        Assert.InRange(explained.GetProperty("worstBands")[0].GetProperty("peakHz").GetDouble(), 2_500, 3_700); // the knocks ring at 3.1 kHz
        Assert.Equal((version, "anomalous"), (explained.GetProperty("version").GetInt32(), explained.GetProperty("verdict").GetString()));
    }

    private static void Agree(Dictionary<string, (double Score, double Threshold)> expected, Dictionary<string, (double Score, double Threshold)> actual)
    {
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        Assert.All(expected, one =>
        {
            Assert.Equal(one.Value.Score, actual[one.Key].Score, Tolerance * one.Value.Score);
            Assert.Equal(one.Value.Threshold, actual[one.Key].Threshold, 1e-12 * one.Value.Threshold);
        });
    }

    /// <summary>What the predictor kept of the event path.</summary>
    private async Task<Dictionary<string, (double Score, double Threshold)>> Event(Guid recording) =>
        Scores((await RunningPlatform.Json(platform.Predictor.Http.GetAsync($"recordings/{recording}/explanation", Cancelled))).GetProperty("detectors"));

    private static Dictionary<string, (double Score, double Threshold)> Scores(JsonElement detectors) => detectors.EnumerateArray().ToDictionary(
        one => one.GetProperty("detector").GetString()!, one => (one.GetProperty("score").GetDouble(), one.GetProperty("threshold").GetDouble()));

    private static Dictionary<string, (double Score, double Threshold)> Of(JsonElement python, string patches) => python.GetProperty(patches).EnumerateObject().ToDictionary(
        one => one.Name, one => (one.Value.GetDouble(), python.GetProperty("thresholds").GetProperty(one.Name).GetDouble()));

    private static JsonElement Python(string folder, byte[] wav, byte[] patches)
    {
        File.WriteAllBytes(Path.Combine(folder, "recording.wav"), wav);
        File.WriteAllBytes(Path.Combine(folder, "patches.npy"), patches);
        var output = PythonTorch.Run("score_wav.py", folder, "AG-1", Path.Combine(folder, "recording.wav"), Path.Combine(folder, "patches.npy"));
        Directory.Delete(folder, recursive: true);
        return JsonDocument.Parse(output).RootElement;
    }

    /// <summary>The package as people download it.</summary>
    private async Task<string> Exported(JsonElement run)
    {
        var folder = Directory.CreateTempSubdirectory("platform-agreement-").FullName;
        var zip = await platform.Registry.Http.GetByteArrayAsync(
            $"models/{run.GetProperty("modelId").GetString()}/versions/{run.GetProperty("version").GetInt32()}/package.zip", Cancelled);
        using var archive = new ZipArchive(new MemoryStream(zip));
        archive.ExtractToDirectory(folder);
        return folder;
    }

    private async Task<byte[]> StoredPatches(Guid recording)
    {
        var store = platform.Bucket.Open();
        await foreach (var found in store.List("features/", Cancelled))
            if (found.Key.EndsWith($"{recording}.npy", StringComparison.Ordinal))
                return await store.ReadAll(found.Key, Cancelled);
        throw new InvalidOperationException($"Recording {recording} has no stored patches.");
    }

    private async Task<JsonElement> Post(string path, byte[]? wav = null)
    {
        using var content = wav is null ? null : new ByteArrayContent(wav) { Headers = { ContentType = new MediaTypeHeaderValue("audio/wav") } };
        return await RunningPlatform.Json(platform.Predictor.Http.PostAsync(path, content, Cancelled));
    }
}
