using System.Collections.Concurrent;
using MassTransit;
using Platform.Contracts;

namespace Platform.Predictor.Tests;

/// <summary>The rest of the platform as the predictor sees it: publishes to the real broker and keeps what the predictor says.</summary>
internal sealed class BusProbe : IAsyncDisposable
{
    private readonly ConcurrentQueue<object> _heard = new();
    private readonly IBusControl _bus;

    private BusProbe(Uri broker)
    {
        _bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            var user = broker.UserInfo.Split(':', 2);
            rabbit.Host(broker.Host, (ushort)broker.Port, Uri.UnescapeDataString(broker.AbsolutePath.TrimStart('/')), host =>
            {
                host.Username(Uri.UnescapeDataString(user[0]));
                host.Password(Uri.UnescapeDataString(user[1]));
            });
            rabbit.ReceiveEndpoint("probe", endpoint =>
            {
                Hear<ModelLoaded>(endpoint);
                Hear<ModelRejected>(endpoint);
                Hear<ReplicaAlive>(endpoint);
                Hear<RecordingScored>(endpoint);
                Hear<AnomalyDetected>(endpoint);
                Hear<AnomalyCleared>(endpoint);
                Hear<ShadowRejected>(endpoint);
                Hear<DriftDetected>(endpoint);
                Hear<ChampionLeftBand>(endpoint);
            });
        });
    }

    internal static async Task<BusProbe> Start(string broker)
    {
        var probe = new BusProbe(new Uri(broker));
        await probe._bus.StartAsync(TestContext.Current.CancellationToken);
        return probe;
    }

    internal Task Publish<T>(T message) where T : class => _bus.Publish(message, TestContext.Current.CancellationToken);

    internal IReadOnlyList<T> Heard<T>() => [.. _heard.OfType<T>()];

    public async ValueTask DisposeAsync() => await _bus.StopAsync();

    private void Hear<T>(IReceiveEndpointConfigurator endpoint) where T : class => endpoint.Handler<T>(context =>
    {
        _heard.Enqueue(context.Message);
        return Task.CompletedTask;
    });
}
