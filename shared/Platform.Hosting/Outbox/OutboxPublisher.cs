using System.Diagnostics;
using System.Text.Json;
using MassTransit;
using Platform.Contracts;

namespace Platform.Hosting;

/// <summary>This build cannot turn an outbox row into a message, now or later.</summary>
internal sealed class UnpublishableException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>Publishes one outbox row under its own message id and the trace of whoever enqueued it.</summary>
internal sealed class OutboxPublisher(IBus bus)
{
    internal static readonly ActivitySource Source = new("Platform.Hosting.Outbox");

    // MassTransit waits for a lost connection without end; the row's transaction must not.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <exception cref="MessageReturnedException">No queue is bound to this message's exchange yet.</exception>
    public async Task Publish(OutboxMessage row, CancellationToken cancellationToken)
    {
        var type = MessageTypeName.Resolve(row.MessageType)
            ?? throw new UnpublishableException($"This build knows no message type '{row.MessageType}'.");
        var message = Deserialize(row, type);

        ActivityContext.TryParse(row.TraceParent, row.TraceState, out var parent);
        using var activity = Source.StartActivity("outbox relay", ActivityKind.Internal, parent);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await bus.Publish(message, type, context => Address(context, row, type), patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The broker did not confirm a message within {Patience.TotalSeconds} s.");
        }
    }

    private static void Address(PublishContext context, OutboxMessage row, Type type)
    {
        context.MessageId = row.MessageId;
        if (context.TryGetPayload<RabbitMqSendContext>(out var rabbit))
            rabbit.Mandatory = !type.IsDefined(typeof(AnnouncementAttribute), inherit: false); // the broker says so when no queue takes it
    }

    private static object Deserialize(OutboxMessage row, Type type)
    {
        try
        {
            return JsonSerializer.Deserialize(row.Body, type, JsonSerializerOptions.Web)
                ?? throw new UnpublishableException("The body is null.");
        }
        catch (JsonException exception)
        {
            throw new UnpublishableException($"The body is no {type.Name}: {exception.Message}", exception);
        }
    }
}
