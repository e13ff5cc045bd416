using System.Globalization;
using Platform.Cli.Processes;
using Platform.Cli.Servers;
using Platform.Cli.State;

namespace Platform.Cli.Running;

/// <summary>One of our services as a child process: where it listens and what it needs to know.</summary>
internal sealed record ServiceInstance(string Name, int Port, DaemonSpec Spec)
{
    public Uri Url => new($"http://127.0.0.1:{Port}");

    public Uri Health => new($"{Url}health/ready");
}

/// <summary>The services of the platform and their settings on one machine.</summary>
internal sealed class ServiceCatalog(StateFolder state, PortBlock ports, Secrets secrets, PostgresServer postgres, RabbitMqServer rabbitMq)
{
    public const string TrainerPrefix = "trainer-";

    /// <summary>All but the trainers, of which there may be any number.</summary>
    public IReadOnlyList<ServiceInstance> Single =>
    [
        Create("ingest", "Platform.Ingest", ports.Ingest, database: "ingest"),
        Create("features", "Platform.Features", ports.Features, database: "features"),
        Create("registry", "Platform.Registry", ports.Registry, database: "registry"),
        Create("predictor", "Platform.Predictor", ports.Predictor, database: "predictor",
            ("Registry__Url", $"http://127.0.0.1:{ports.Registry}")),
    ];

    /// <param name="number">From 1.</param>
    public ServiceInstance Trainer(int number) =>
        Create($"{TrainerPrefix}{number}", "Platform.Trainer", ports.Trainer(number - 1), database: null,
            ("Trainer__CacheDirectory", Path.Combine(state.Root, "cache")));

    public string ConnectionString(string role) =>
        $"Host=127.0.0.1;Port={postgres.Port};Username={role};Password={secrets.Services};Database={Provisioning.Database}";

    private ServiceInstance Create(string name, string project, int port, string? database, params (string Key, string Value)[] more)
    {
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["Bus__Uri"] = rabbitMq.Amqp.OriginalString,
            ["Bus__Instance"] = name, // the same after a restart, so that its own queues are found again
            ["ObjectStore__Uri"] = new Uri(state.Store).AbsoluteUri,
            // Many small processes on few cores: a heap per core would cost more memory than it gains time.
            ["DOTNET_gcServer"] = "0",
            ["DOTNET_TieredPGO"] = "0",
        };
        if (database is not null)
            environment["Database__ConnectionString"] = ConnectionString(database);
        foreach (var (key, value) in more)
            environment[key] = value;

        var folder = Path.Combine(Checkout.Root, "artifacts", "bin", project, "release");
        return new(name, port, new(name, Path.Combine(folder, project), [])
        {
            WorkingDirectory = folder, // appsettings.json is looked up here
            Environment = environment,
            StopGrace = TimeSpan.FromSeconds(30), // a trainer writes its checkpoint first
        });
    }

    public static int TrainerNumber(string name) =>
        name.StartsWith(TrainerPrefix, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(TrainerPrefix.Length), CultureInfo.InvariantCulture, out var number) ? number : 0;
}
