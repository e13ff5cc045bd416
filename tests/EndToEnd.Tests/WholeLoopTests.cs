using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Testing;

namespace EndToEnd.Tests;

/// <summary>The loop as people use it: by HTTP from outside, with nothing in between replaced.</summary>
public sealed class WholeLoopTests(RunningPlatform platform) : IClassFixture<RunningPlatform>
{
    private const int Recordings = 12;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_faulty_recordings_of_a_trained_device_raise_an_alarm_and_three_healthy_ones_clear_it()
    {
        await platform.DeviceWithRecordings("LT-1", Recordings);
        await platform.Deployed(await platform.StartRun("LT-1", maxSteps: 150), "LT-1");

        var healthy = await platform.PredictionOf("LT-1", await platform.Upload("LT-1", MachineSound.Healthy(1_001)));
        var first = await platform.PredictionOf("LT-1", await platform.Upload("LT-1", MachineSound.Worn(1_002)));
        var worn = await platform.Upload("LT-1", MachineSound.Worn(1_003));
        var faulty = await platform.PredictionOf("LT-1", worn);
        Assert.Equal("normal", healthy.GetProperty("verdict").GetString());
        Assert.Equal(JsonValueKind.Null, healthy.GetProperty("alarmId").ValueKind);
        Assert.Equal("anomalous", first.GetProperty("verdict").GetString());
        Assert.Equal(JsonValueKind.Null, first.GetProperty("alarmId").ValueKind); // one is none
        Assert.Equal("anomalous", faulty.GetProperty("verdict").GetString());
        Assert.True(faulty.GetProperty("score").GetDouble() > faulty.GetProperty("threshold").GetDouble());
        Assert.Equal(faulty.GetProperty("alarmId").GetGuid(), Assert.Single(await OpenAlarms("LT-1")));

        // The verdict comes back to the recording itself, so that the next training leaves it out.
        await Eventually.Is(async () =>
            (await RunningPlatform.Json(platform.Ingest.Http.GetAsync($"recordings/{worn}", Cancelled))).GetProperty("verdict").GetString() == "anomalous");

        for (var i = 0; i < 3; i++)
            await platform.PredictionOf("LT-1", await platform.Upload("LT-1", MachineSound.Healthy(1_004 + i)));
        await Eventually.Is(async () => (await OpenAlarms("LT-1")).Count == 0);
    }

    [Fact]
    public async Task A_recording_delivered_twice_is_one_recording_with_one_feature_set_and_one_score()
    {
        await platform.DeviceWithRecordings("LT-2", Recordings);
        await platform.Deployed(await platform.StartRun("LT-2", maxSteps: 150), "LT-2");
        var wav = MachineSound.Healthy(2_001);
        var at = DateTimeOffset.UtcNow;

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => platform.Put("LT-2", wav, at)));
        var ids = await Task.WhenAll(answers.Select(async answer => (await RunningPlatform.Json(Task.FromResult(answer))).GetProperty("id").GetGuid()));
        var recording = Assert.Single(ids.Distinct());
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Created], answers.Select(answer => answer.StatusCode).Order());

        await platform.PredictionOf("LT-2", recording);
        Assert.Single(await platform.PredictionsOf("LT-2", recording));
        var data = await RunningPlatform.Json(platform.Features.Http.GetAsync("devices/LT-2/data", Cancelled));
        Assert.Equal(Recordings + 1, data.GetProperty("recordings").GetInt32());
    }

    [Fact]
    public async Task A_corrupt_wav_is_quarantined_with_a_reason_and_stops_nobody()
    {
        await platform.DeviceWithRecordings("LT-3", 1);
        var corrupt = MachineSound.Healthy(3_001);
        corrupt[34] = 13; // 13 bits per sample: no such encoding

        var broken = await platform.Upload("LT-3", corrupt);
        var after = await platform.Upload("LT-3", MachineSound.Healthy(3_002));

        JsonElement recording = default;
        await Eventually.Is(async () =>
        {
            recording = await RunningPlatform.Json(platform.Ingest.Http.GetAsync($"recordings/{broken}", Cancelled));
            return recording.GetProperty("state").GetString() == "quarantined";
        });
        Assert.Contains("13", recording.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("quarantine/LT-3/", recording.GetProperty("objectKey").GetString(), StringComparison.Ordinal);
        await Eventually.Is(async () =>
        {
            var data = await RunningPlatform.Json(platform.Features.Http.GetAsync("devices/LT-3/data", Cancelled));
            return data.GetProperty("extracted").GetInt32() == 2 && data.GetProperty("failed").GetInt32() == 1;
        });
        Assert.NotEqual(broken, after);
    }

    [Fact]
    public async Task The_predictor_answers_every_request_while_the_model_is_swapped()
    {
        await platform.DeviceWithRecordings("LT-4", Recordings);
        await platform.Deployed(await platform.StartRun("LT-4", maxSteps: 150, seed: 1), "LT-4");
        await platform.Deployed(await platform.StartRun("LT-4", maxSteps: 150, seed: 2), "LT-4");
        var wav = MachineSound.Healthy(4_001, seconds: 2);
        var answers = new ConcurrentQueue<(int Version, double Score)>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var clients = Enumerable.Range(0, 4).Select(async _ =>
        {
            while (!stop.IsCancellationRequested)
            {
                using var content = new ByteArrayContent(wav) { Headers = { ContentType = new MediaTypeHeaderValue("audio/wav") } };
                var answer = await RunningPlatform.Json(platform.Predictor.Http.PostAsync("devices/LT-4/score", content, Cancelled));
                // Of the network: detectors that were fitted on the same recordings say the same in both versions.
                var errors = answer.GetProperty("detectors").EnumerateArray().Single(one => one.GetProperty("detector").GetString() == "reconstruction");
                answers.Enqueue((answer.GetProperty("version").GetInt32(), errors.GetProperty("score").GetDouble()));
            }
        }).ToList();
        for (var swap = 0; swap < 6; swap++)
        {
            var version = 1 + swap % 2;
            var seen = answers.Count;
            await RunningPlatform.Json(platform.Registry.Http.PostAsJsonAsync("deployments", new { modelId = "device/LT-4_all/conv-ae", version }, Cancelled));
            await Eventually.Is(() => answers.Skip(seen).Any(answer => answer.Version == version), TimeSpan.FromSeconds(30));
        }

        await stop.CancelAsync();
        await Task.WhenAll(clients); // a failed request would have thrown
        var scores = answers.GroupBy(answer => answer.Version).ToDictionary(group => group.Key, group => group.Select(answer => answer.Score).Distinct().ToList());
        Assert.Equal([1, 2], scores.Keys.Order());
        Assert.All(scores.Values, ofVersion => Assert.True(ofVersion.Max() - ofVersion.Min() <= 1e-5 * ofVersion.Max(), string.Join(' ', ofVersion)));
        Assert.True(Math.Abs(scores[1][0] - scores[2][0]) > 1e-3 * scores[1][0], "the two versions must be told apart by their scores");
    }

    [Fact]
    public async Task A_trainer_killed_in_the_middle_of_a_run_loses_nothing()
    {
        await platform.DeviceWithRecordings("LT-5", Recordings);
        var run = await platform.StartRun("LT-5", maxSteps: 400);
        await Eventually.Is(
            async () => (await RunningPlatform.Json(platform.Registry.Http.GetAsync($"runs/{run}", Cancelled))).GetProperty("step").GetInt32() > 20,
            TimeSpan.FromSeconds(60));

        await platform.KillAndRestartTrainer();

        var ended = await platform.Deployed(run, "LT-5");
        Assert.Equal(1, ended.GetProperty("version").GetInt32());
    }

    private async Task<IReadOnlyList<Guid>> OpenAlarms(string device) =>
    [
        .. (await RunningPlatform.Json(platform.Predictor.Http.GetAsync($"alarms?device={device}&open=true", Cancelled))).EnumerateArray()
            .Select(alarm => alarm.GetProperty("id").GetGuid()),
    ];
}
