using MassTransit;

namespace Platform.Hosting;

/// <summary>The queues that a service consumes; queue names are <c>{service}-{message}</c> in kebab case.</summary>
public sealed class PlatformBus
{
    private readonly string service;
    private readonly List<ConsumedQueue> queues = [];

    internal PlatformBus(string service) => this.service = service;

    internal IReadOnlyList<ConsumedQueue> Queues => queues;

    /// <summary>One durable queue shared by all instances: each message is worked on by one of them.</summary>
    /// <param name="work">
    /// Names the queue <c>{service}-{work}</c> instead, for a second kind of work on messages that the service already consumes; in kebab case.
    /// </param>
    public PlatformBus Work<TConsumer, TMessage>(Action<WorkEndpoint>? configure = null, string? work = null)
        where TConsumer : class, IConsumer<TMessage>
        where TMessage : class =>
        Add<TConsumer, TMessage>(new WorkQueue(work is null ? QueueNames.Work(service, typeof(TMessage)) : $"{service}-{work}"), configure);

    /// <summary>A queue of each instance: every instance gets every message while it lives.</summary>
    public PlatformBus Broadcast<TConsumer, TMessage>(Action<WorkEndpoint>? configure = null)
        where TConsumer : class, IConsumer<TMessage>
        where TMessage : class =>
        Add<TConsumer, TMessage>(new BroadcastQueue(QueueNames.Work(service, typeof(TMessage))), configure);

    /// <summary>Messages that another service's work queue gave up on because they killed their consumer again and again.</summary>
    public PlatformBus DeadLetters<TConsumer, TMessage>(string ofService, Action<WorkEndpoint>? configure = null)
        where TConsumer : class, IConsumer<TMessage>
        where TMessage : class =>
        Add<TConsumer, TMessage>(new DeadLetterQueue(QueueNames.Dead(QueueNames.Work(ofService, typeof(TMessage)))), configure);

    private PlatformBus Add<TConsumer, TMessage>(ConsumedQueue queue, Action<WorkEndpoint>? configure)
        where TConsumer : class
    {
        // A second message type would bind both queues of the consumer to both types, and each message would come twice.
        var consumed = typeof(TConsumer).GetInterfaces()
            .Count(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IConsumer<>));
        if (consumed != 1)
            throw new InvalidOperationException($"{typeof(TConsumer).Name} consumes {consumed} message types; one consumer, one message.");

        queue.ConsumerType = typeof(TConsumer);
        configure?.Invoke(queue.Endpoint);
        if (queue.Endpoint.Prefetch < queue.Endpoint.Concurrency)
            throw new InvalidOperationException(
                $"Queue {queue.Name}: prefetch {queue.Endpoint.Prefetch} is below concurrency {queue.Endpoint.Concurrency}.");

        queues.Add(queue);
        return this;
    }
}

/// <summary>Queue names as people see them in RabbitMQ's management UI.</summary>
internal static class QueueNames
{
    public static string Work(string service, Type message) =>
        $"{service}-{KebabCaseEndpointNameFormatter.Instance.SanitizeName(message.Name)}";

    public static string Dead(string queue) => $"{queue}-dead";
}
