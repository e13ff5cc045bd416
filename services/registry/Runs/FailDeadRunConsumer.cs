using MassTransit;
using Platform.Contracts;

namespace Platform.Registry.Runs;

/// <summary>
/// Fails a run whose training killed its trainers until the broker gave up on the message: trainers hand on as soon as there is a
/// new checkpoint, so there was none. Safe to redeliver: an ended run stays as it is.
/// </summary>
internal sealed partial class FailDeadRunConsumer(RunStore runs, RunEndings endings, ILogger<FailDeadRunConsumer> logger) : IConsumer<TrainRequested>
{
    public async Task Consume(ConsumeContext<TrainRequested> context)
    {
        var dead = context.Message;
        if (await runs.Find(dead.RunId.ToString(), context.CancellationToken) is { Slice: { } slice } && slice > dead.Slice)
        {
            LogLeftOver(dead.RunName, dead.RunId, dead.Slice, slice);
            return;
        }

        var reason = $"More than 5 attempts in a row came to no new checkpoint: slice {dead.Slice} ended every trainer that took it, until the broker gave up delivering it.";
        if (await endings.TryEnd(dead.RunId, RunStates.Failed, reason, context.CancellationToken))
            LogFailed(dead.RunName, dead.RunId, dead.Slice);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {RunName} ({RunId}) failed: slice {Slice} came back as a dead letter")]
    private partial void LogFailed(string runName, Guid runId, int slice);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunName} ({RunId}): slice {Slice} came back as a dead letter, but slice {Later} was handed on already")]
    private partial void LogLeftOver(string runName, Guid runId, int slice, int later);
}
