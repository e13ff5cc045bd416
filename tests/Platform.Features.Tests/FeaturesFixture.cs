using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using MassTransit;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Features.Tests;

/// <summary>The service as operators run it, between a bus that the tests speak and listen on and an archive that they fill.</summary>
public class FeaturesFixture : IAsyncLifetime
{
    // Only failures wait as long; a busy machine must not make one.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TestDatabase _database = new();
    private readonly TestVhost _vhost = new();
    private readonly TestFolder _folder = new();
    private readonly ConcurrentQueue<object> _heard = new();
    private IBusControl? _bus;
    private ServiceProcess? _service;

    public IObjectStore Store { get; private set; } = null!;

    public HttpClient Http => _service!.Http;

    /// <summary>Of a superuser.</summary>
    public string Database => _database.AdminConnectionString;

    /// <summary>The latest lines in which the service complained.</summary>
    private string Trouble => string.Join('\n', _service!.Log.Split('\n')
        .Where(line => !line.Contains("\"Information\"", StringComparison.Ordinal)).TakeLast(3).Select(line => line[..Math.Min(2_000, line.Length)]));

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        await _vhost.InitializeAsync();
        Store = _folder.Open();
        _bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            var server = TestServers.RabbitMq;
            var user = server.UserInfo.Split(':');
            rabbit.Host(server.Host, (ushort)server.Port, _vhost.Name, host =>
            {
                host.Username(user[0]);
                host.Password(user[1]);
            });
            rabbit.ReceiveEndpoint("heard", endpoint =>
            {
                Hear<FeaturesExtracted>(endpoint);
                Hear<FeatureExtractionFailed>(endpoint);
                Hear<DeviceDataChanged>(endpoint);
                Hear<TrainRequested>(endpoint);
                Hear<TrainingNotPossible>(endpoint);
                Hear<TrainingProgressed>(endpoint);
                Hear<FalseAlarmsAbsorbed>(endpoint);
            });
        });
        await _bus.StartAsync();
        _service = await ServiceProcess.Start("features", Settings());
    }

    /// <summary>Another instance of the service on the same database, bus and store.</summary>
    public Task<ServiceProcess> StartAnother() => ServiceProcess.Start("features", Settings());

    public virtual Dictionary<string, string> Settings() => ServiceProcess.Settings(_database, "features", _vhost, _folder.Options);

    /// <summary>SIGKILL.</summary>
    public Task Kill() => _service!.Kill();

    /// <summary>Starts the service again after it was killed.</summary>
    public async Task Start()
    {
        await _service!.DisposeAsync();
        _service = await ServiceProcess.Start("features", Settings());
    }

    public Task Publish<T>(T message) where T : class => _bus!.Publish(message, TestContext.Current.CancellationToken);

    /// <summary>All messages of a kind that were heard so far, in order.</summary>
    public IReadOnlyList<T> Heard<T>(Func<T, bool> which) => [.. _heard.OfType<T>().Where(which)];

    /// <summary>Waits until so many were heard; returns them.</summary>
    public async Task<IReadOnlyList<T>> Hear<T>(Func<T, bool> which, int count = 1)
    {
        try
        {
            await Eventually.Is(() => Heard(which).Count >= count, Patience, $"{count} × {typeof(T).Name}");
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{exception.Message}\nHeard: {string.Join('\n', _heard.TakeLast(5))}\n{Trouble}", exception);
        }

        return Heard(which);
    }

    public Task AnnounceDevice(string device, string spec, long revision = 1, string timeZone = "UTC") => Publish(new DeviceChanged(
        device, "S001", "pump", timeZone, spec, revision, DateTimeOffset.UtcNow));

    /// <summary>Puts audio into the archive as ingest does and returns the announcement, not yet published.</summary>
    public async Task<AudioArchived> Archive(string device, byte[] audio, string label = Labels.Unlabelled, DateTimeOffset? recordedAt = null)
    {
        var at = recordedAt ?? new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(audio));
        var key = $"audio/{device}/{at:yyyyMMdd}/{sha256}.wav";
        await Store.Put(key, new MemoryStream(audio), TestContext.Current.CancellationToken);
        return new AudioArchived(Guid.NewGuid(), device, key, sha256, audio.Length, at, $"{at:yyyyMMdd}", label, DateTimeOffset.UtcNow);
    }

    /// <summary>Archives, announces and waits for the feature set.</summary>
    public async Task<FeaturesExtracted> Extract(string device, int seed, string label = Labels.Unlabelled)
    {
        var audio = await Archive(device, Recordings.Noise(seconds: 2, seed), label, new DateTimeOffset(2026, 1, 2, 0, 0, seed % 60, TimeSpan.Zero));
        await Publish(audio);
        return (await Hear<FeaturesExtracted>(set => set.RecordingId == audio.RecordingId))[0];
    }

    /// <summary>A recording of a day, not waited for.</summary>
    public async Task<AudioArchived> Record(string device, int seed, string day = "20260102", int amplitude = 3_000)
    {
        var at = DateTimeOffset.ParseExact(day, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).AddSeconds(seed);
        var audio = await Archive(device, Recordings.Noise(seconds: 2, seed, amplitude: amplitude), recordedAt: at);
        await Publish(audio);
        return audio;
    }

    /// <summary>Asks for a dataset as the registry does.</summary>
    public async Task<PrepareTraining> Ask(TrainingParameters parameters, ChampionVersion? champion, params string[] devices)
    {
        var run = new PrepareTraining(
            Guid.NewGuid(), $"run-{Guid.NewGuid():N}", BatchId: null,
            new TrainingScope(ScopeModes.Device, "scope", Aggregation: null, "conv-ae", $"device/{devices[0]}_all/conv-ae", devices),
            parameters, champion, new DateTimeOffset(2026, 1, 5, 12, 0, 0, TimeSpan.Zero));
        await Publish(run);
        return run;
    }

    /// <summary>The trainer's request for a run, with its dataset.</summary>
    public async Task<(TrainRequested Request, DatasetManifest Dataset)> Answer(PrepareTraining run)
    {
        var request = (await Hear<TrainRequested>(asked => asked.RunId == run.RunId))[0];
        var manifest = await Store.ReadVerified(request.DatasetManifestKey, request.DatasetManifestSha256, TestContext.Current.CancellationToken);
        return (request, DatasetManifest.Read(manifest));
    }

    /// <summary>What the registry says once the run's version is live.</summary>
    public Task Deploy(TrainRequested request, DatasetManifest dataset, long deployment) => Publish(new ModelDeployed(
        request.Scope.ModelId, Version: (int)deployment, deployment, ScopeModes.Device, request.Scope.Devices, "models/x", "00", dataset.SpecHash,
        request.RunId, request.DatasetId, "test", "test", DateTimeOffset.UtcNow));

    public async Task<JsonElement> Data(string device) =>
        await Http.GetFromJsonAsync<JsonElement>($"devices/{device}/data", TestContext.Current.CancellationToken);

    /// <summary>Waits until the device's data reads as expected, e.g. <c>extracted=2 pending=1 state=never_trained</c>.</summary>
    public async Task DataBecomes(string device, string expected)
    {
        var last = "";
        try
        {
            await Eventually.Is(async () =>
            {
                var data = await Data(device);
                last = string.Join(' ', expected.Split(' ').Select(part => part.Split('=')[0]).Select(name => $"{name}={data.GetProperty(name)}"));
                return last == expected;
            }, Patience);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{device}: {last}, expected {expected}\n{Trouble}", exception);
        }
    }

    /// <summary>A small spec, so that the tests spend their time on the service and not on sound.</summary>
    public async Task CreateSpec(string name, double winSeconds = 1, string reference = "absolute", double? hopSeconds = null, int nMels = 8)
    {
        var response = await Http.PostAsJsonAsync("feature-specs", new
        {
            name,
            extraction = new { winSeconds, hopSeconds = hopSeconds ?? winSeconds, nFft = 512, hopLength = 256, nMels },
            view = new { reference },
        }, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
            await _service.DisposeAsync();
        if (_bus is not null)
            await _bus.StopAsync();
        await _vhost.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Hear<T>(IReceiveEndpointConfigurator endpoint) where T : class => endpoint.Handler<T>(context =>
    {
        _heard.Enqueue(context.Message);
        return Task.CompletedTask;
    });
}
