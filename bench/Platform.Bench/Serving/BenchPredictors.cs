using System.Collections.Concurrent;
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

    public ConcurrentQueue<ModelLoaded> Loaded { get; } = new();

    public ConcurrentQueue<ModelRejected> Rejected { get; } = new();

    public ConcurrentDictionary<Guid, RecordingScored> Scored { get; } = new();

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

        for (var i = 0; i < replicas; i++)
        {
            var settings = ServiceProcess.Settings(predictors.database, "predictor", predictors.vhost, store);
            settings["Registry__Url"] = predictors.registry!.Urls.First();
            predictors.replicas.Add(await ServiceProcess.Start("predictor", settings));
        }

        return predictors;
    }

    /// <summary>As the registry announces it, and answers from then on.</summary>
    public Task Announce(ModelDeployed deployed, CancellationToken cancellationToken)
    {
        Deployed[deployed.ModelId] = deployed;
        return bus!.Publish(deployed, cancellationToken);
    }

    public Task Publish<T>(T message, CancellationToken cancellationToken) where T : class => bus!.Publish(message, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in replicas)
            await replica.DisposeAsync();
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
                    Scored[context.Message.RecordingId] = context.Message;
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
