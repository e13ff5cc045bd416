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
            {
                var settings = ServiceProcess.Settings(service == "trainer" ? null : Database, service, vhost, bucket.Options);
                settings["ASPNETCORE_URLS"] = $"http://127.0.0.1:{PortOf(service, ports)}";
                if (service == "predictor")
                    settings["Registry__Url"] = Http("registry").BaseAddress!.AbsoluteUri;
                services.Add(await ServiceProcess.Start(service, settings));
                state.Pid(service).Write(ProcessIdentity.Of(services[^1].Id)!);
            }
        }
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

/// <summary>Everything that a recording goes through.</summary>
public sealed class WholePlatform() : RunningServices("registry", "ingest", "features", "trainer", "predictor")
{
    public HttpClient Ingest => Http("ingest");

    public HttpClient Features => Http("features");
}
