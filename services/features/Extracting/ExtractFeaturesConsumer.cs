using MassTransit;
using Platform.Contracts;
using Platform.Features.Recordings;

namespace Platform.Features.Extracting;

/// <summary>
/// Extracts each archived recording. Safe to redeliver: what is extracted, or failed for good, is announced again and not computed again.
/// A recording whose device is not known yet is kept; the device's announcement has it extracted.
/// </summary>
internal sealed class ExtractFeaturesConsumer(RecordingStore recordings, RecordingExtraction extraction) : IConsumer<AudioArchived>
{
    public async Task Consume(ConsumeContext<AudioArchived> context)
    {
        // Kept before the device is looked for, and the device is kept before its recordings are: one of the two finds the other.
        await recordings.Keep(context.Message, context.CancellationToken);
        foreach (var announcement in await extraction.Extract(context.Message.RecordingId, context.CancellationToken))
            await context.Publish(announcement, context.CancellationToken);
    }
}
