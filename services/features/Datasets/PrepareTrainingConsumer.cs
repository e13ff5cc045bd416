using MassTransit;
using Platform.Contracts;

namespace Platform.Features.Datasets;

/// <summary>
/// Go on with a run's dataset. From this service to itself: nobody else sends or receives it.
/// </summary>
/// <param name="Slice">1 for the first continuation; each adds one.</param>
public sealed record ContinuePreparing(PrepareTraining Run, int Slice);

/// <summary>
/// Answers a run with its dataset and sends it to the trainers, or says why it cannot be trained. A dataset that takes longer than one
/// slice is handed on. Safe to redeliver: a run that was answered gets the same answer again, whatever data came in between.
/// </summary>
internal sealed class PrepareTrainingConsumer(DatasetPreparation preparation) : IConsumer<PrepareTraining>
{
    public async Task Consume(ConsumeContext<PrepareTraining> context)
    {
        if (await preparation.Work(context.Message, slice: 0, context.MessageId!.Value, context.CancellationToken))
            await context.Publish(new ContinuePreparing(context.Message, Slice: 1), context.CancellationToken);
    }
}

/// <summary>
/// Works on one more slice of a run's dataset. Safe to redeliver: shards that stand are taken over, and a second message for the same slice
/// does nothing.
/// </summary>
internal sealed class ContinuePreparingConsumer(DatasetPreparation preparation) : IConsumer<ContinuePreparing>
{
    public async Task Consume(ConsumeContext<ContinuePreparing> context)
    {
        var (run, slice) = context.Message;
        if (await preparation.Work(run, slice, context.MessageId!.Value, context.CancellationToken))
            await context.Publish(new ContinuePreparing(run, slice + 1), context.CancellationToken);
    }
}
