using Platform.Cli.Processes;
using Platform.Cli.State;
using Platform.Testing;

namespace Platform.Cli.Tests;

/// <summary>Real services, on ports and in a state folder where the program looks for them.</summary>
public abstract class RunningServices(params IReadOnlyList<string> names) : IAsyncLifetime
{
    private readonly TestVhost vhost = new();
    private readonly TestBucket bucket = new();
    private readonly List<ServiceProcess> services = [];

    public TestDatabase Database { get; } = new();

    public string State { get; } = Directory.CreateTempSubdirectory("platform-cli-").FullName;

    protected HttpClient Http(string service) => services.Single(one => one.Service == service).Http;

    protected TestBucket Bucket => bucket;

    public virtual async ValueTask InitializeAsync()
    {
        await Database.InitializeAsync();
        await vhost.InitializeAsync();
        await bucket.InitializeAsync();
        var state = new StateFolder(State);
        var (ports, claim) = PortBlock.Choose(state);
        using (claim)
        {
            foreach (var service in names)
                services.Add(await Start(service, ports));
        }
    }

    /// <summary>Kills a service, and gives it back on the same port after the work in between.</summary>
    protected async Task Restart(string service, Func<Task> whileAway)
    {
        var index = services.FindIndex(one => one.Service == service);
        await services[index].Kill();
        await whileAway();
        await services[index].DisposeAsync();
        services[index] = await Start(service, PortBlock.Load(new StateFolder(State))!);
    }

    private async Task<ServiceProcess> Start(string service, PortBlock ports)
    {
        var settings = ServiceProcess.Settings(service == "trainer" ? null : Database, service, vhost, bucket.Options);
        settings["ASPNETCORE_URLS"] = $"http://127.0.0.1:{PortOf(service, ports)}";
        if (service == "predictor")
            settings["Registry__Url"] = $"http://127.0.0.1:{ports.Registry}";
        if (service == "trainer")
            settings["Trainer__CacheDirectory"] = Path.Combine(State, "cache");
        var started = await ServiceProcess.Start(service, settings);
        new StateFolder(State).Pid(service).Write(ProcessIdentity.Of(started.Id)!);
        return started;
    }

    private static int PortOf(string service, PortBlock ports) => service switch
    {
        "ingest" => ports.Ingest,
        "features" => ports.Features,
        "registry" => ports.Registry,
        "predictor" => ports.Predictor,
        "trainer" => ports.Trainer(0),
        _ => throw new ArgumentException($"There is no port for '{service}'.", nameof(service)),
    };

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var service in services)
            await service.DisposeAsync();
        await bucket.DisposeAsync();
        await vhost.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(State, recursive: true);
    }
}

/// <summary>What recordings and specs need.</summary>
public sealed class IngestAndFeatures() : RunningServices("ingest", "features")
{
    public HttpClient Ingest => Http("ingest");

    public HttpClient Features => Http("features");
}

/// <summary>What policies and schedules need.</summary>
public sealed class RunningRegistry() : RunningServices("registry")
{
    public string ConnectionString => Database.ConnectionString("registry");
}

/// <summary>Everything that a recording goes through.</summary>
public sealed class WholePlatform() : RunningServices("registry", "ingest", "features", "trainer", "predictor")
{
    public HttpClient Ingest => Http("ingest");

    public HttpClient Features => Http("features");
}
