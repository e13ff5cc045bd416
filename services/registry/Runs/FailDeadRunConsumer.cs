using MassTransit;
using Platform.Contracts;

namespace Platform.Registry.Runs;

/// <summary>
/// Fails a run whose training killed its trainers until the broker gave up on the message. Safe to redeliver: an ended run
/// stays as it is.
/// </summary>
internal sealed partial class FailDeadRunConsumer(RunEndings endings, ILogger<FailDeadRunConsumer> logger) : IConsumer<TrainRequested>
{
    public async Task Consume(ConsumeContext<TrainRequested> context)
    {
        var dead = context.Message;
        var reason = $"Slice {dead.Slice} (attempt {dead.Attempt}) ended every trainer that took it; the broker gave up delivering it.";
        if (await endings.TryEnd(dead.RunId, RunStates.Failed, reason, context.CancellationToken))
            LogFailed(dead.RunName, dead.RunId, dead.Slice);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {RunName} ({RunId}) failed: slice {Slice} came back as a dead letter")]
    private partial void LogFailed(string runName, Guid runId, int slice);
}
