using MassTransit;
using Platform.Contracts;

namespace Platform.Registry.Runs;

/// <summary>Ends a run for which there is too little data. Safe to redeliver: an ended run stays as it is.</summary>
internal sealed class EndImpossibleRunConsumer(RunEndings endings) : IConsumer<TrainingNotPossible>
{
    public Task Consume(ConsumeContext<TrainingNotPossible> context)
    {
        var (runId, reason, available, required, _) = context.Message;
        return endings.TryEnd(
            runId, RunStates.NotPossible, $"{reason} (available {available}, required {required})", context.CancellationToken);
    }
}

/// <summary>Ends a run whose training failed for good. Safe to redeliver: an ended run stays as it is.</summary>
internal sealed class EndFailedRunConsumer(RunEndings endings) : IConsumer<TrainingFailed>
{
    public Task Consume(ConsumeContext<TrainingFailed> context) =>
        endings.TryEnd(context.Message.RunId, RunStates.Failed, context.Message.Reason, context.CancellationToken);
}
