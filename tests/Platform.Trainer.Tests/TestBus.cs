using System.Collections.Concurrent;
using MassTransit;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Trainer.Tests;

/// <summary>A bus of the test's own virtual host that keeps everything the trainer announces.</summary>
internal sealed class TestBus : IAsyncDisposable
{
    private readonly IBusControl _bus;
    private readonly ConcurrentQueue<object> _messages = new();

    private TestBus(string uri) => _bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
    {
        rabbit.Host(new Uri(uri.Replace("amqp://", "rabbitmq://", StringComparison.Ordinal)));
        rabbit.ReceiveEndpoint("test-announcements", endpoint =>
        {
            Keep<TrainingProgressed>(endpoint);
            Keep<TrainingCompleted>(endpoint);
            Keep<TrainingFailed>(endpoint);
        });
    });

    internal IBus Publisher => _bus;

    internal static async Task<TestBus> Start(TestVhost vhost)
    {
        var bus = new TestBus(vhost.Uri);
        await bus._bus.StartAsync(TestContext.Current.CancellationToken);
        return bus;
    }

    internal IReadOnlyList<T> Received<T>() => [.. _messages.OfType<T>()];

    internal async Task Publish(TrainRequested message, Guid messageId) =>
        await _bus.Publish(message, context => context.MessageId = messageId, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync() => await _bus.StopAsync(TestContext.Current.CancellationToken);

    private void Keep<T>(IReceiveEndpointConfigurator endpoint) where T : class =>
        endpoint.Handler<T>(context =>
        {
            _messages.Enqueue(context.Message);
            return Task.CompletedTask;
        });
}
