using MassTransit;
using Platform.Contracts;
using Platform.Predictor.Serving;

namespace Platform.Predictor.Scoring;

/// <summary>
/// Scores each recording whose patches are ready. Safe to redeliver: a recording that has a score is announced again in the
/// same words and not scored again, even when another version serves by then.
/// </summary>
internal sealed class ScoreRecordingConsumer(RecordingScoring scoring, UnscoredStore unscored, DeploymentCatchUp catchUp) : IConsumer<FeaturesExtracted>
{
    public async Task Consume(ConsumeContext<FeaturesExtracted> context)
    {
        // A replica that does not know yet what is deployed cannot say that nothing is.
        await catchUp.First.WaitAsync(context.CancellationToken);

        var scored = await scoring.Score(context.Message, Occasion.Arrival, context.CancellationToken);
        if (scored is null)
            return;

        foreach (var message in scored.Announcements())
            await context.Publish(message, message.GetType(), context.CancellationToken);

        // It may have waited under another extraction; should the publishing fail now, the redelivery announces it.
        await unscored.Remove(context.Message.RecordingId, context.CancellationToken);
    }
}
