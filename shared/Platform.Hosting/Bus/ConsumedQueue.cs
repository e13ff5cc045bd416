using MassTransit;

namespace Platform.Hosting;

/// <summary>
/// A queue and how it is declared. Arguments of a queue that exists cannot be changed, so these are for good; all of them
/// mean the same in RabbitMQ 3.10 and 4.x.
/// </summary>
internal abstract class ConsumedQueue(string name)
{
    public string Name { get; } = name;

    public Type ConsumerType { get; set; } = typeof(void);

    public WorkEndpoint Endpoint { get; } = new();

    public virtual string NameFor(string instance) => Name;

    public abstract void Declare(IRabbitMqReceiveEndpointConfigurator endpoint);
}

internal sealed class WorkQueue(string name) : ConsumedQueue(name)
{
    // Deliveries that end without an answer, because the consumer died; a rolling update costs one as well.
    private const int DeliveryLimit = 10;

    public override void Declare(IRabbitMqReceiveEndpointConfigurator endpoint)
    {
        var dead = QueueNames.Dead(Name);
        endpoint.Durable = true;
        endpoint.SetQuorumQueue();
        endpoint.SetQueueArgument("x-delivery-limit", DeliveryLimit);
        // A dead letter is handed over with confirms; RabbitMQ asks for reject-publish with it.
        endpoint.SetQueueArgument("x-dead-letter-strategy", "at-least-once");
        endpoint.SetQueueArgument("x-overflow", "reject-publish");
        endpoint.BindDeadLetterQueue(dead, dead, queue => DeadLetterQueue.Declare(queue));
    }
}

internal sealed class DeadLetterQueue(string name) : ConsumedQueue(name)
{
    // Quorum queues of RabbitMQ 4 drop a message after 20 deliveries unless told otherwise; nobody stands behind this one.
    private const int DeliveryLimit = 1_000_000;

    public static void Declare(IRabbitMqQueueConfigurator queue)
    {
        queue.Durable = true;
        queue.AutoDelete = false;
        queue.SetQuorumQueue();
        queue.SetQueueArgument("x-delivery-limit", DeliveryLimit);
    }

    public override void Declare(IRabbitMqReceiveEndpointConfigurator endpoint)
    {
        Declare((IRabbitMqQueueConfigurator)endpoint);
        endpoint.ConfigureConsumeTopology = false; // what was never tried is not for us
    }
}

internal sealed class BroadcastQueue(string name) : ConsumedQueue(name)
{
    // Survives a reconnect; who was away longer catches up by asking the owner of the state.
    private static readonly TimeSpan Expiry = TimeSpan.FromMinutes(10);

    public override string NameFor(string instance) => $"{Name}-{instance}";

    public override void Declare(IRabbitMqReceiveEndpointConfigurator endpoint)
    {
        endpoint.Durable = true;
        // With an expiry this concerns the exchange only: it goes together with its expired queue.
        endpoint.AutoDelete = true;
        endpoint.QueueExpiration = Expiry;
    }
}
