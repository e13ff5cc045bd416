using Platform.Cli.Processes;
using Platform.Cli.State;
using Platform.Testing;

namespace Platform.Cli.Tests;

/// <summary>A real ingest and features, on ports and in a state folder where the program looks for them.</summary>
public sealed class IngestAndFeatures : IAsyncLifetime
{
    private readonly TestDatabase database = new();
    private readonly TestVhost vhost = new();
    private readonly TestBucket bucket = new();
    private readonly List<ServiceProcess> services = [];

    public HttpClient Ingest => services[0].Http;

    public HttpClient Features => services[1].Http;

    public string State { get; } = Directory.CreateTempSubdirectory("platform-cli-").FullName;

    public async ValueTask InitializeAsync()
    {
        await database.InitializeAsync();
        await vhost.InitializeAsync();
        await bucket.InitializeAsync();
        var state = new StateFolder(State);
        var (ports, claim) = PortBlock.Choose(state);
        using (claim)
        {
            foreach (var (service, port) in new[] { ("ingest", ports.Ingest), ("features", ports.Features) })
            {
                var settings = ServiceProcess.Settings(database, service, vhost, bucket.Options);
                settings["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}";
                services.Add(await ServiceProcess.Start(service, settings));
                state.Pid(service).Write(ProcessIdentity.Of(services[^1].Id)!);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in services)
            await service.DisposeAsync();
        await bucket.DisposeAsync();
        await vhost.DisposeAsync();
        await database.DisposeAsync();
        Directory.Delete(State, recursive: true);
    }
}
