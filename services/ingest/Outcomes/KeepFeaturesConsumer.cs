using MassTransit;
using Platform.Contracts;

namespace Platform.Ingest;

/// <summary>
/// Notes that a recording has features under a spec, which ends what stood in their way: an unknown spec, or a window longer than the
/// recording. Safe to redeliver and to come out of order with failures.
/// </summary>
internal sealed class KeepFeaturesConsumer(OutcomeStore outcomes, RecordingStore recordings) : IConsumer<FeaturesExtracted>
{
    public async Task Consume(ConsumeContext<FeaturesExtracted> context)
    {
        if (await outcomes.KeepFeatures(context.Message, context.CancellationToken))
            return;

        // Known already, which is fine, or of a recording that we never had, which is not.
        if (await recordings.Find(context.Message.RecordingId, context.CancellationToken) is null)
            throw new UnknownRecordingException(context.Message.RecordingId);
    }
}
