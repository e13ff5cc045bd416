using Platform.Cli.Processes;
using Platform.Cli.State;
using Platform.Testing;

namespace Platform.Cli.Tests;

/// <summary>A real registry, on the port and in a state folder where the program looks for it.</summary>
public sealed class RunningRegistry : IAsyncLifetime
{
    private readonly TestDatabase database = new();
    private readonly TestVhost vhost = new();
    private readonly TestBucket bucket = new();
    private ServiceProcess? service;

    public string State { get; } = Directory.CreateTempSubdirectory("platform-cli-").FullName;

    public string ConnectionString => database.ConnectionString("registry");

    public async ValueTask InitializeAsync()
    {
        await database.InitializeAsync();
        await vhost.InitializeAsync();
        await bucket.InitializeAsync();
        var state = new StateFolder(State);
        var (ports, claim) = PortBlock.Choose(state);
        using (claim)
        {
            var settings = ServiceProcess.Settings(database, "registry", vhost, bucket.Options);
            settings["ASPNETCORE_URLS"] = $"http://127.0.0.1:{ports.Registry}";
            service = await ServiceProcess.Start("registry", settings);
            state.Pid("registry").Write(ProcessIdentity.Of(service.Id)!);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (service is not null)
            await service.DisposeAsync();
        await bucket.DisposeAsync();
        await vhost.DisposeAsync();
        await database.DisposeAsync();
        Directory.Delete(State, recursive: true);
    }
}
