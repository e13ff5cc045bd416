using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Testing;

namespace Platform.Bench.Training;

/// <summary>The five services on a database, a virtual host and a folder of their own, and the job as a client asks for it: by HTTP.</summary>
internal sealed class WholeJobPlatform : IAsyncDisposable
{
    // As `./platform import` uploads.
    private const int ParallelUploads = 4;

    private readonly TestDatabase _database = new();
    private readonly TestVhost _vhost = new();
    private readonly TestFolder _folder = new();
    private readonly TestFolder _cache = new();
    private readonly Dictionary<string, ServiceProcess> _services = [];

    private WholeJobPlatform()
    {
    }

    public static async Task<WholeJobPlatform> Start()
    {
        var platform = new WholeJobPlatform();
        await platform._database.InitializeAsync();
        await platform._vhost.InitializeAsync();
        foreach (var service in (string[])["registry", "ingest", "features", "trainer", "predictor"])
            await platform.Start(service);
        return platform;
    }

    /// <summary>From the first upload until the predictor serves the new version.</summary>
    public async Task<WholeJobTurn> Run(string device, IReadOnlyList<string> recordings, WholeJobBudget budget, CancellationToken cancellationToken)
    {
        // Registering a machine, until all services know it, is not part of the job.
        await Answer(Http("ingest").PutAsJsonAsync($"devices/{device}", new { site = "S001", machineType = "pump" }, cancellationToken));
        await Until(async () => await Find("features", $"devices/{device}/data", cancellationToken) is not null, cancellationToken);
        var busy = Busy();
        var started = Stopwatch.GetTimestamp();
        var at = DateTimeOffset.UtcNow.AddDays(-1);
        await Parallel.ForAsync(0, recordings.Count, new ParallelOptions { MaxDegreeOfParallelism = ParallelUploads, CancellationToken = cancellationToken }, async (i, token) =>
        {
            await using var file = File.OpenRead(recordings[i]);
            using var content = new StreamContent(file) { Headers = { ContentType = new MediaTypeHeaderValue("audio/wav") } };
            var time = Uri.EscapeDataString(at.AddMinutes(i).ToString("O"));
            await Answer(Http("ingest").PutAsync($"devices/{device}/recordings?recordedAt={time}&label=normal", content, token));
        });
        var uploaded = Stopwatch.GetElapsedTime(started).TotalSeconds;

        await Until(async () => await Answer(Http("features").GetAsync($"devices/{device}/data", cancellationToken)) is var data
            && data.GetProperty("extracted").GetInt32() == recordings.Count, cancellationToken);
        var extracted = Stopwatch.GetElapsedTime(started).TotalSeconds;

        var parameters = new { budget.Epochs, budget.BatchSize, budget.LearningRate, budget.Threads, device = "cpu", minEpochs = budget.Epochs };
        var id = (await Answer(Http("registry").PostAsJsonAsync("runs", new { mode = "device", device, parameters }, cancellationToken))).GetProperty("id").GetGuid();
        JsonElement run = default;
        await Until(async () =>
        {
            run = await Answer(Http("registry").GetAsync($"runs/{id}", cancellationToken));
            return run.GetProperty("state").GetString() is not ("queued" or "preparing" or "running");
        }, cancellationToken);
        var trained = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (run.GetProperty("state").GetString() != "completed")
            throw new InvalidOperationException($"The run ended as {run}\n{_services["trainer"].Log}");

        var version = run.GetProperty("version").GetInt32();
        await Until(async () => await Find("predictor", $"devices/{device}/model", cancellationToken) is { } model && model.GetProperty("version").GetInt32() == version, cancellationToken);
        var deployed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new WholeJobTurn(
            deployed, run.GetProperty("patches").GetInt32(), run.GetProperty("steps").GetInt32(),
            $"upload {uploaded:0.0}, then features {extracted - uploaded:0.0}, run {trained - extracted:0.0} (of it training {run.GetProperty("trainingSeconds").GetDouble():0.0}), deployed {deployed - trained:0.0}; CPU {(Busy() - busy).TotalSeconds:0.0}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services.Values.Reverse())
            await service.DisposeAsync();
        await _vhost.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
        _cache.Dispose();
    }

    // On a machine that others use too, this says more than the clock.
    private TimeSpan Busy() => _services.Values.Aggregate(TimeSpan.Zero, (sum, service) =>
    {
        using var process = Process.GetProcessById(service.Id);
        return sum + process.TotalProcessorTime;
    });

    private HttpClient Http(string service) => _services[service].Http;

    private async Task Start(string service)
    {
        var settings = ServiceProcess.Settings(service == "trainer" ? null : _database, service, _vhost, _folder.Options);
        if (service == "predictor")
            settings["Registry__Url"] = _services["registry"].Address.AbsoluteUri;
        if (service == "trainer")
            settings["Trainer__CacheDirectory"] = _cache.Path;
        _services[service] = await ServiceProcess.Start(service, settings);
    }

    private static async Task Until(Func<Task<bool>> holds, CancellationToken cancellationToken)
    {
        while (!await holds())
            await Task.Delay(50, cancellationToken);
    }

    private async Task<JsonElement?> Find(string service, string path, CancellationToken cancellationToken)
    {
        using var response = await Http(service).GetAsync(path, cancellationToken);
        return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken) : null;
    }

    private static async Task<JsonElement> Answer(Task<HttpResponseMessage> call)
    {
        using var response = await call;
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonDocument.Parse(text).RootElement
            : throw new InvalidOperationException($"{response.RequestMessage?.RequestUri}: {(int)response.StatusCode} {text}");
    }
}
