using MassTransit;
using Platform.Contracts;

namespace Platform.Features.Datasets;

/// <summary>
/// Answers a run with its dataset and sends it to the trainers, or says why it cannot be trained. Safe to redeliver: a run that
/// was answered gets the same answer again, whatever data came in between.
/// </summary>
internal sealed class PrepareTrainingConsumer(DatasetPreparation preparation, DatasetStore datasets, PreparingProgress progress)
    : IConsumer<PrepareTraining>
{
    public async Task Consume(ConsumeContext<PrepareTraining> context)
    {
        var run = context.Message;
        await progress.Announce(run, patchesPerSecond: 0, context.CancellationToken);

        var answer = await datasets.FindFor(run.RunId, context.CancellationToken)
            ?? await preparation.Prepare(run, context.CancellationToken);
        await datasets.Announce(run, answer, context.CancellationToken);
    }
}
