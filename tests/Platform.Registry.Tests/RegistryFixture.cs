using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Dapper;
using MassTransit;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Registry.Models;
using Platform.Registry.Paging;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests;

/// <summary>
/// The registry as a process of its own on a fresh database, virtual host and folder store. The test plays the other services:
/// it publishes what they would, and hears what the registry publishes.
/// </summary>
public sealed class RegistryFixture : IAsyncDisposable
{
    private readonly ConcurrentQueue<object> heard = new();
    private readonly TestDatabase database = new();
    private readonly TestVhost vhost = new();
    private readonly TestFolder folder = new();
    private ServiceProcess? service;
    private IBusControl? bus;
    private Task? started;
    private int devices;

    public HttpClient Http => service!.Http;

    /// <summary>The first replica.</summary>
    public ServiceProcess Service => service!;

    public IObjectStore Objects { get; private set; } = null!;

    /// <summary>Where the objects lie as files.</summary>
    public string StoreFolder => folder.Path;

    public NpgsqlDataSource Database { get; private set; } = null!;

    public TestVhost Vhost => vhost;

    /// <summary>Starts everything at the first call; the tests of a class run one after the other.</summary>
    public Task Started() => started ??= StartAll();

    private async Task StartAll()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true; // as AddDatabase does in the service
        ColumnMapping.Apply();
        await database.InitializeAsync();
        await vhost.InitializeAsync();
        Objects = folder.Open();
        Database = NpgsqlDataSource.Create(database.ConnectionString("registry"));

        bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            var address = new Uri(vhost.Uri);
            var user = address.UserInfo.Split(':');
            rabbit.Host(address.Host, (ushort)address.Port, vhost.Name, host =>
            {
                host.Username(Uri.UnescapeDataString(user[0]));
                host.Password(Uri.UnescapeDataString(user[1]));
            });
            rabbit.ReceiveEndpoint("test", endpoint =>
            {
                endpoint.Handler<PrepareTraining>(Hear);
                endpoint.Handler<ImportModel>(Hear);
                endpoint.Handler<ModelVersionRegistered>(Hear);
                endpoint.Handler<ModelDeployed>(Hear);
                endpoint.Handler<AlertRaised>(Hear);
                endpoint.Handler<ShadowDeployed>(Hear);
            });
        });
        await bus.StartAsync(TestContext.Current.CancellationToken);
        service = await Start();
    }

    /// <summary>One more replica on the same database, bus and store.</summary>
    public Task<ServiceProcess> Start(params (string Name, string Value)[] settings)
    {
        var environment = ServiceProcess.Settings(database, "registry", vhost, folder.Options);
        foreach (var (name, value) in settings)
            environment[name] = value;
        return ServiceProcess.Start("registry", environment);
    }

    /// <summary>SIGKILL, then a new process on the same database, bus and store.</summary>
    /// <param name="meanwhile">What happens while there is none.</param>
    public async Task Crash(Func<Task>? meanwhile = null)
    {
        await service!.Kill();
        if (meanwhile is not null)
            await meanwhile();
        await Restart();
    }

    /// <summary>A new process in place of the first replica, which has ended.</summary>
    public async Task Restart()
    {
        await service!.DisposeAsync();
        service = await Start();
    }

    /// <summary>Keeps the database as it is now, for <see cref="RestoreDatabase"/>; the service is restarted.</summary>
    public Task BackUpDatabase() => WhileStopped(database.SaveCopy);

    /// <summary>Puts back what <see cref="BackUpDatabase"/> kept; store and broker stay as they are.</summary>
    public Task RestoreDatabase() => WhileStopped(database.RestoreCopy);

    private async Task WhileStopped(Func<Task> work)
    {
        await service!.Kill();
        await service.DisposeAsync();
        Database.Clear();
        await work();
        service = await Start();
    }

    public IEnumerable<T> Heard<T>() => heard.OfType<T>();

    public Task Publish<T>(T message)
        where T : class => bus!.Publish(message, TestContext.Current.CancellationToken);

    /// <summary>A device that the registry knows, with a code that no other test uses.</summary>
    public async Task<string> NewDevice(string site = "S001", string machineType = "pump")
    {
        var device = $"LT-{Interlocked.Increment(ref devices)}";
        await Publish(new DeviceChanged(device, site, machineType, "UTC", "default", 1, DateTimeOffset.UtcNow));
        await Eventually.Is(async () => (await Get<JsonElement>("devices")).EnumerateArray().Any(one => one.GetProperty("device").GetString() == device));
        return device;
    }

    public Task<HttpResponseMessage> Post(string path, object body) => Http.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);

    public async Task<T> Get<T>(string path) => (await Http.GetFromJsonAsync<T>(path, TestContext.Current.CancellationToken))!;

    internal Task<Run> GetRun(Guid id) => Get<Run>($"runs/{id}");

    internal Task<ModelView> GetModel(string modelId) => Get<ModelView>($"models/{modelId}?versions=500");

    /// <param name="query">Filters and order.</param>
    internal Task<Page<RunSummary>> GetRuns(string query) => Get<Page<RunSummary>>($"runs?{query}");

    internal async Task<Run> StartRun(string device, object? parameters = null, string? name = null)
    {
        var response = await Post("runs", new { mode = "device", device, name, parameters });
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, body.ToString());
        return await GetRun(body.GetProperty("id").GetGuid());
    }

    /// <summary>Writes a run's package as the trainer does, and returns what the trainer would publish.</summary>
    internal async Task<TrainingCompleted> Train(
        Run run, double? newError = null, double? oldError = null, int? comparedWith = null, bool threshold = true, string specHash = "spec-1", int channels = 16,
        string[]? devicesWithThreshold = null)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["config.json"] = Encoding.UTF8.GetBytes($$"""{ "format": 1, "architecture": { "channels": [{{channels}}] } }"""),
            ["model.pth"] = Encoding.UTF8.GetBytes($"weights of {run.Name}"),
            ["metadata.json"] = Encoding.UTF8.GetBytes($$"""{ "runName": "{{run.Name}}", "seed": 7, "trainingDescription": "full, device" }"""),
        };
        var prefix = $"runs/{run.Name}/package";
        var sha256 = await Artifacts.Publish(Objects, prefix, files, TestContext.Current.CancellationToken);
        return new TrainingCompleted(
            run.Id, run.Name, new(run.Mode, run.Scope, run.Aggregation, run.ModelType, run.ModelId, run.Devices), "dataset-1", specHash, prefix, sha256!,
            [.. (devicesWithThreshold ?? (threshold ? [run.Devices[0]] : [])).Select(device => new DeviceThreshold(device, "reconstruction", 0.25, 8))], newError, oldError, comparedWith,
            Epochs: 12, Steps: 400, Patches: 200, Recordings: 20, TrainingLoss: 0.01, ValidationLoss: 0.02, TrainingSeconds: 3.5, DateTimeOffset.UtcNow);
    }

    /// <summary>Trains a run to its end and waits until it is a version.</summary>
    internal async Task<Run> Complete(Run run, TrainingCompleted? completed = null)
    {
        await Publish(completed ?? await Train(run));
        await Eventually.Is(async () => (await GetRun(run.Id)).State == RunStates.Completed);
        return await GetRun(run.Id);
    }

    internal static TrainRequested Slice(Run run, int slice) => new(
        run.Id, run.Name, null, new(run.Mode, run.Scope, null, run.ModelType, run.ModelId, run.Devices), run.Parameters, null,
        "dataset-1", "datasets/dataset-1/manifest.json", new string('0', 64), slice, Attempt: 0, DateTimeOffset.UtcNow);

    public static TrainingProgressed Progress(Guid runId, string phase, long sequence, int epoch = 0, double? loss = null) => new(
        runId, phase, sequence, (int)(sequence / 1_000_000), 0, epoch, (int)(sequence % 1_000_000), 400, loss, loss * 2, 1_000, "host/1", DateTimeOffset.UtcNow);

    public async ValueTask DisposeAsync()
    {
        if (bus is not null)
            await bus.StopAsync();
        if (service is not null)
            await service.DisposeAsync();
        if (Database is not null)
            await Database.DisposeAsync();
        await vhost.DisposeAsync();
        await database.DisposeAsync();
        folder.Dispose();
    }

    private Task Hear<T>(ConsumeContext<T> context)
        where T : class
    {
        heard.Enqueue(context.Message);
        return Task.CompletedTask;
    }
}
