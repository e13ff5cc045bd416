using Platform.Cli.Processes;
using Platform.Cli.State;
using Platform.Testing;

namespace Platform.Cli.Tests;

/// <summary>Real services, on ports and in a state folder where the program looks for them.</summary>
public abstract class RunningServices(params string[] names) : IAsyncLifetime
{
    private readonly TestDatabase database = new();
    private readonly TestVhost vhost = new();
    private readonly TestBucket bucket = new();
    private readonly Dictionary<string, ServiceProcess> services = [];

    public string State { get; } = Directory.CreateTempSubdirectory("platform-cli-").FullName;

    protected HttpClient this[string service] => services[service].Http;

    public async ValueTask InitializeAsync()
    {
        await database.InitializeAsync();
        await vhost.InitializeAsync();
        await bucket.InitializeAsync();
        var state = new StateFolder(State);
        var (ports, claim) = PortBlock.Choose(state);
        using (claim)
        {
            foreach (var service in names)
            {
                var settings = ServiceProcess.Settings(service == "trainer" ? null : database, service, vhost, bucket.Options);
                settings["ASPNETCORE_URLS"] = $"http://127.0.0.1:{PortOf(ports, service)}";
                if (service == "predictor")
                    settings["Registry__Url"] = services["registry"].Address.AbsoluteUri;
                services[service] = await ServiceProcess.Start(service, settings);
                state.Pid(service).Write(ProcessIdentity.Of(services[service].Id)!);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in services.Values)
            await service.DisposeAsync();
        await bucket.DisposeAsync();
        await vhost.DisposeAsync();
        await database.DisposeAsync();
        Directory.Delete(State, recursive: true);
        GC.SuppressFinalize(this);
    }

    private static int PortOf(PortBlock ports, string service) => service switch
    {
        "ingest" => ports.Ingest,
        "features" => ports.Features,
        "registry" => ports.Registry,
        "predictor" => ports.Predictor,
        _ => ports.Trainer(0),
    };
}

public sealed class IngestAndFeatures() : RunningServices("ingest", "features")
{
    public HttpClient Ingest => this["ingest"];

    public HttpClient Features => this["features"];
}

/// <summary>Everything that a recording goes through.</summary>
public sealed class WholePlatform() : RunningServices("registry", "ingest", "features", "trainer", "predictor")
{
    public HttpClient Ingest => this["ingest"];

    public HttpClient Features => this["features"];
}
