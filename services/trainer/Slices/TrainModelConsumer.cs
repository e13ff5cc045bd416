using MassTransit;
using Platform.Contracts;

namespace Platform.Trainer.Slices;

/// <summary>
/// Trains one slice of a run and hands on the rest. Safe to redeliver: a slice goes on from its last checkpoint, a run that
/// has ended announces its end again, and a second message for a slice is dropped.
/// </summary>
internal sealed partial class TrainModelConsumer(SliceRunner slices, TrainerMeter meter, ILogger<TrainModelConsumer> logger) : IConsumer<TrainRequested>
{
    public async Task Consume(ConsumeContext<TrainRequested> context)
    {
        var message = context.Message;
        try
        {
            var outcome = await slices.Run(message, MessageId(context), Deliveries(context), context.CancellationToken);
            meter.Ended(outcome);
            await Announce(context, message, outcome);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            // The bus says so when its connection is lost, as that of a process that was frozen.
            Lost(logger, message.RunName, message.Slice);
            throw;
        }
    }

    private async Task Announce(ConsumeContext context, TrainRequested message, SliceOutcome outcome)
    {
        switch (outcome)
        {
            case SliceOutcome.Continued continued:
                await context.Publish(continued.Next, context.CancellationToken);
                Continued(logger, message.RunName, message.Slice);
                break;
            case SliceOutcome.Completed completed:
                await context.Publish(completed.Result, context.CancellationToken);
                Completed(logger, message.RunName, completed.Result.Steps, completed.Result.Thresholds.Count);
                break;
            case SliceOutcome.Failed failed:
                await context.Publish(failed.Result, context.CancellationToken);
                Failed(logger, message.RunName, failed.Result.Reason);
                break;
            case SliceOutcome.Dropped dropped:
                Dropped(logger, message.RunName, message.Slice, dropped.Reason);
                break;
        }
    }

    // The claim of a slice is by message id; one without it could never be told from a duplicate.
    private static Guid MessageId(ConsumeContext context) =>
        context.MessageId ?? throw new Platform.Hosting.PermanentException("The message has no message id, which claims its slice.");

    // Quorum queues count; the first delivery has no header.
    private static int Deliveries(ConsumeContext context) => context.ReceiveContext.TransportHeaders.Get<int>("x-delivery-count") ?? 0;

    [LoggerMessage(LogLevel.Information, "Run {Run}: slice {Slice} is over, the rest is handed on.")]
    private static partial void Continued(ILogger logger, string run, int slice);

    [LoggerMessage(LogLevel.Information, "Run {Run} completed after {Steps} steps with {Thresholds} thresholds.")]
    private static partial void Completed(ILogger logger, string run, int steps, int thresholds);

    [LoggerMessage(LogLevel.Warning, "Run {Run} failed: {Reason}")]
    private static partial void Failed(ILogger logger, string run, string reason);

    [LoggerMessage(LogLevel.Warning, "Run {Run}: slice {Slice} stopped: the broker has taken its message back and gives it to another worker.")]
    private static partial void Lost(ILogger logger, string run, int slice);

    [LoggerMessage(LogLevel.Information, "Run {Run}: slice {Slice} dropped: {Reason}")]
    private static partial void Dropped(ILogger logger, string run, int slice, string reason);
}
