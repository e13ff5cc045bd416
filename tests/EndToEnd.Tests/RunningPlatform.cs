using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Testing;

namespace EndToEnd.Tests;

/// <summary>All five services as child processes on a database, a virtual host and a bucket of their own; one per test class.</summary>
public sealed class RunningPlatform : IAsyncLifetime
{
    private const string Spec = "win2s";

    private readonly TestDatabase database = new();
    private readonly TestVhost vhost = new();
    private readonly TestBucket bucket = new();
    private readonly List<ServiceProcess> services = [];

    public ServiceProcess Ingest { get; private set; } = null!;

    public ServiceProcess Features { get; private set; } = null!;

    public ServiceProcess Registry { get; private set; } = null!;

    public ServiceProcess Predictor { get; private set; } = null!;

    public ServiceProcess Trainer { get; private set; } = null!;

    public TestVhost Vhost => vhost;

    public TestBucket Bucket => bucket;

    public async ValueTask InitializeAsync()
    {
        await database.InitializeAsync();
        await vhost.InitializeAsync();
        await bucket.InitializeAsync();
        Registry = await Start("registry");
        Ingest = await Start("ingest");
        Features = await Start("features");
        Trainer = await Start("trainer");
        Predictor = await Start("predictor");
        var spec = new { name = Spec, extraction = new { winSeconds = 2.0, hopSeconds = 1.0 } };
        await Created(Features.Http.PostAsJsonAsync("feature-specs", spec));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Enumerable.Reverse(services))
            await service.DisposeAsync();
        await bucket.DisposeAsync();
        await vhost.DisposeAsync();
        await database.DisposeAsync();
    }

    /// <summary>SIGKILL, then a new process with the same settings, as an orchestrator does it.</summary>
    public async Task KillAndRestartTrainer()
    {
        await Trainer.Kill();
        Trainer = await Start("trainer");
    }

    /// <summary>One more replica beside the first.</summary>
    public Task<ServiceProcess> AddPredictor() => Start("predictor");

    /// <summary>A device with <paramref name="recordings"/> healthy recordings whose patches stand in the store.</summary>
    public async Task DeviceWithRecordings(string device, int recordings, string site = "S001", int firstSeed = 0)
    {
        await Created(Ingest.Http.PutAsJsonAsync($"devices/{device}", new { site, machineType = "pump", featureSpec = Spec }));
        for (var i = 0; i < recordings; i++)
            await Upload(device, MachineSound.Healthy(firstSeed + i), DateTimeOffset.UtcNow.AddMinutes(i - recordings - 60));
        await Eventually.Is(
            async () => (await Json(Features.Http.GetAsync($"devices/{device}/data"))).GetProperty("extracted").GetInt32() == recordings,
            TimeSpan.FromSeconds(60));
    }

    /// <summary>Uploads and returns the recording's id.</summary>
    public async Task<Guid> Upload(string device, byte[] wav, DateTimeOffset? recordedAt = null) =>
        (await Json(Put(device, wav, recordedAt ?? DateTimeOffset.UtcNow))).GetProperty("id").GetGuid();

    public async Task<HttpResponseMessage> Put(string device, byte[] wav, DateTimeOffset recordedAt)
    {
        using var content = new ByteArrayContent(wav) { Headers = { ContentType = new MediaTypeHeaderValue("audio/wav") } };
        return await Ingest.Http.PutAsync($"devices/{device}/recordings?recordedAt={Uri.EscapeDataString(recordedAt.ToString("O"))}", content);
    }

    /// <summary>Asks for a run and returns its id; does not wait for it.</summary>
    public async Task<Guid> StartRun(string device, int maxSteps, long seed = 0)
    {
        var parameters = new { maxSteps, seed, minEpochs = 1, batchSize = 16 };
        return (await Json(Registry.Http.PostAsJsonAsync("runs", new { mode = "device", device, parameters }))).GetProperty("id").GetGuid();
    }

    /// <summary>Likewise for all devices of a machine type, each with the same weight.</summary>
    public async Task<Guid> StartBalancedRun(string machineType, int maxSteps)
    {
        var parameters = new { maxSteps, minEpochs = 1, batchSize = 16 };
        var run = new { mode = "machine_type", machineType, aggregation = "balanced", parameters };
        return (await Json(Registry.Http.PostAsJsonAsync("runs", run))).GetProperty("id").GetGuid();
    }

    /// <summary>Waits for the run's end and for the predictor to serve what came of it; returns the run.</summary>
    public async Task<JsonElement> Deployed(Guid run, string device)
    {
        JsonElement state = default;
        await Eventually.Is(
            async () =>
            {
                state = await Json(Registry.Http.GetAsync($"runs/{run}"));
                return state.GetProperty("state").GetString() is not ("queued" or "preparing" or "running");
            },
            TimeSpan.FromSeconds(120));
        Assert.True(state.GetProperty("state").GetString() == "completed", $"the run ended as {state}\n{Trainer.Log}");
        var version = state.GetProperty("version").GetInt32();
        var modelId = state.GetProperty("modelId").GetString();
        await Eventually.Is(
            async () =>
            {
                using var response = await Predictor.Http.GetAsync($"devices/{device}/model");
                return response.IsSuccessStatusCode
                    && await Json(Task.FromResult(response)) is var served
                    && served.GetProperty("modelId").GetString() == modelId && served.GetProperty("version").GetInt32() == version;
            },
            TimeSpan.FromSeconds(30));
        return state;
    }

    public async Task<JsonElement> PredictionOf(string device, Guid recording)
    {
        JsonElement found = default;
        await Eventually.Is(
            async () =>
            {
                var predictions = await PredictionsOf(device, recording);
                if (predictions.Count == 0)
                    return false;
                found = predictions[0];
                return true;
            },
            TimeSpan.FromSeconds(30));
        return found;
    }

    public async Task<IReadOnlyList<JsonElement>> PredictionsOf(string device, Guid recording) =>
    [
        .. (await Json(Predictor.Http.GetAsync($"devices/{device}/predictions"))).EnumerateArray()
            .Where(one => one.GetProperty("recordingId").GetGuid() == recording),
    ];

    public static async Task<JsonElement> Json(Task<HttpResponseMessage> call)
    {
        using var response = await call;
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{response.RequestMessage?.RequestUri}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task Created(Task<HttpResponseMessage> call)
    {
        using var response = await call;
        Assert.True(response.StatusCode is HttpStatusCode.Created or HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
    }

    private async Task<ServiceProcess> Start(string service)
    {
        var settings = ServiceProcess.Settings(service == "trainer" ? null : database, service, vhost, bucket.Options);
        if (service == "predictor")
            settings["Registry__Url"] = Registry.Address.AbsoluteUri;
        var started = await ServiceProcess.Start(service, settings);
        services.Add(started);
        return started;
    }
}
