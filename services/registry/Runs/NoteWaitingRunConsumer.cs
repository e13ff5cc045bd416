using MassTransit;
using Platform.Contracts;

namespace Platform.Registry.Runs;

/// <summary>
/// Hears each slice that is handed to the trainers, so that the watchdog tells a run that waits for a free one from a run that
/// fell silent. Safe to redeliver: a slice that somebody works on is not turned back.
/// </summary>
internal sealed class NoteWaitingRunConsumer(RunProgressStore progress) : IConsumer<TrainRequested>
{
    public Task Consume(ConsumeContext<TrainRequested> context) => progress.Wait(context.Message, context.CancellationToken);
}
