using MassTransit;
using Platform.Contracts;

namespace Platform.Registry.Runs;

/// <summary>
/// Shows how far a run is. Safe to redeliver: an older report changes nothing. A report for a run that was ended here writes the
/// cancel marker again, because somebody evidently still works on it.
/// </summary>
internal sealed class TrackProgressConsumer(RunProgressStore progress, RunStore runs, RunEndings endings) : IConsumer<TrainingProgressed>
{
    public async Task Consume(ConsumeContext<TrainingProgressed> context)
    {
        var cancellationToken = context.CancellationToken;
        if (await progress.Apply(context.Message, cancellationToken))
            return;

        var run = await runs.Find(context.Message.RunId.ToString(), cancellationToken);
        if (run is { State: RunStates.Cancelled or RunStates.Failed })
            await endings.MarkCancelled(run.Name, run.Reason ?? run.State, cancellationToken);
    }
}
