using System.Collections.Concurrent;
using System.Diagnostics;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Bench.Serving;

/// <summary>
/// Replicas of the predictor as processes, with a database, a virtual host and a store of their own. The rest of the platform is this
/// process: it publishes, listens, and answers what is deployed, so that only the predictor is measured.
/// </summary>
internal sealed class BenchPredictors : IAsyncDisposable
{
    private readonly TestDatabase database = new();
    private readonly TestVhost vhost = new();
    private readonly TestFolder folder = new();
    private readonly List<ServiceProcess> replicas = [];
    private readonly List<ServiceProcess> others = [];
    private ObjectStoreOptions? store;
    private TestBucket? bucket;
    private StoreProxy? slow;
    private WebApplication? registry;
    private IBusControl? bus;

    private BenchPredictors()
    {
    }

    public IReadOnlyList<ServiceProcess> Replicas => replicas;

    public IObjectStore Store => bucket?.Open() ?? folder.Open();

    /// <summary>What is deployed, as the registry would answer.</summary>
    public ConcurrentDictionary<string, ModelDeployed> Deployed { get; } = new(StringComparer.Ordinal);

    /// <summary>The last shadow of each model, likewise.</summary>
    public ConcurrentDictionary<string, ShadowDeployed> Shadows { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<ModelLoaded> Loaded { get; } = new();

    public ConcurrentQueue<ModelRejected> Rejected { get; } = new();

    /// <summary>By recording, when it was heard (<see cref="Stopwatch.GetTimestamp"/>).</summary>
    public ConcurrentDictionary<Guid, long> Scored { get; } = new();

    /// <summary>What was heard.</summary>
    public ConcurrentDictionary<Guid, RecordingScored> Scores { get; } = new();

    /// <param name="slowStore">What each read of the store takes longer; with it the store is S3, without it a folder.</param>
    public static async Task<BenchPredictors> Start(int replicas, TimeSpan slowStore, CancellationToken cancellationToken)
    {
        var predictors = new BenchPredictors();
        await predictors.database.InitializeAsync();
        await predictors.vhost.InitializeAsync();
        await predictors.AnswerWhatIsDeployed();
        await predictors.Listen(cancellationToken);
        var store = predictors.folder.Options;
        if (slowStore > TimeSpan.Zero)
        {
            predictors.bucket = new TestBucket();
            await predictors.bucket.InitializeAsync();
            predictors.slow = await StoreProxy.Start(TestServers.S3);
            predictors.slow.Before = async _ =>
            {
                await Task.Delay(slowStore, CancellationToken.None);
                return true;
            };
            store = predictors.bucket.Options with { Endpoint = predictors.slow.Endpoint };
        }

        predictors.store = store;
        for (var i = 0; i < replicas; i++)
            await predictors.AddReplica();

        return predictors;
    }

    public async Task<ServiceProcess> AddReplica(params (string Name, string Value)[] more)
    {
        var settings = ServiceProcess.Settings(database, "predictor", vhost, store!);
        settings["Registry__Url"] = registry!.Urls.First();
        foreach (var (name, value) in more)
            settings[name] = value;
        replicas.Add(await ServiceProcess.Start("predictor", settings));
        return replicas[^1];
    }

    /// <summary>A replica that has ended: nobody waits for it any more.</summary>
    public void Forget(ServiceProcess replica)
    {
        replicas.Remove(replica);
        others.Add(replica);
    }

    /// <summary>Processor time of the replicas so far: on a machine that others use too it says more than the clock.</summary>
    public TimeSpan ProcessorTime => replicas.Aggregate(TimeSpan.Zero, (sum, replica) =>
    {
        using var process = Process.GetProcessById(replica.Id);
        return sum + process.TotalProcessorTime;
    });

    /// <summary>Another service on the same database, virtual host and store.</summary>
    public async Task<ServiceProcess> StartService(string service)
    {
        var process = await ServiceProcess.Start(service, ServiceProcess.Settings(database, service, vhost, folder.Options));
        others.Add(process);
        return process;
    }

    /// <summary>Returns once that many replicas said to serve each of these deployments.</summary>
    public async Task Served(IReadOnlyCollection<ModelDeployed> deployments, CancellationToken cancellationToken)
    {
        while (deployments.Any(one => Loaded.Count(loaded => loaded.ModelId == one.ModelId && loaded.Deployment == one.Deployment) < replicas.Count))
        {
            if (Rejected.TryPeek(out var rejected))
                throw new InvalidOperationException($"{rejected}");
            await Task.Delay(20, cancellationToken);
        }
    }

    /// <summary>As the registry announces it, and answers from then on.</summary>
    public Task Announce(ModelDeployed deployed, CancellationToken cancellationToken)
    {
        Deployed[deployed.ModelId] = deployed;
        return bus!.Publish(deployed, cancellationToken);
    }

    /// <inheritdoc cref="Announce(ModelDeployed, CancellationToken)"/>
    public Task Announce(ShadowDeployed shadow, CancellationToken cancellationToken)
    {
        Shadows[shadow.ModelId] = shadow;
        return bus!.Publish(shadow, cancellationToken);
    }

    public Task Publish<T>(T message, CancellationToken cancellationToken) where T : class => bus!.Publish(message, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var service in others.Concat(replicas))
            await service.DisposeAsync();
        if (bus is not null)
            await bus.StopAsync();
        if (registry is not null)
            await registry.DisposeAsync();
        if (slow is not null)
            await slow.DisposeAsync();
        if (bucket is not null)
            await bucket.DisposeAsync();
        await vhost.DisposeAsync();
        await database.DisposeAsync();
        folder.Dispose();
    }

    private async Task AnswerWhatIsDeployed()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        registry = builder.Build();
        registry.MapGet("/deployments/current", () => Results.Json(Deployed.Values));
        registry.MapGet("/shadows/current", () => Results.Json(Shadows.Values));
        await registry.StartAsync();
    }

    private async Task Listen(CancellationToken cancellationToken)
    {
        bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            var user = TestServers.RabbitMq.UserInfo.Split(':');
            rabbit.Host(TestServers.RabbitMq.Host, (ushort)TestServers.RabbitMq.Port, vhost.Name, host =>
            {
                host.Username(Uri.UnescapeDataString(user[0]));
                host.Password(Uri.UnescapeDataString(user[1]));
            });
            rabbit.ReceiveEndpoint("bench", endpoint =>
            {
                endpoint.PrefetchCount = 100;
                endpoint.Handler<ModelLoaded>(context => Keep(Loaded, context.Message));
                endpoint.Handler<ModelRejected>(context => Keep(Rejected, context.Message));
                endpoint.Handler<RecordingScored>(context =>
                {
                    Scores.TryAdd(context.Message.RecordingId, context.Message);
                    Scored.TryAdd(context.Message.RecordingId, Stopwatch.GetTimestamp());
                    return Task.CompletedTask;
                });
            });
        });
        await bus.StartAsync(cancellationToken);
    }

    private static Task Keep<T>(ConcurrentQueue<T> heard, T message)
    {
        heard.Enqueue(message);
        return Task.CompletedTask;
    }
}
