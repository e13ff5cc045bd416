using MassTransit;

namespace Platform.Features.Extracting;

/// <summary>
/// Extract what a device's recordings lack under its current spec. From this service to itself: nobody else sends or receives it.
/// </summary>
public sealed record ExtractMissing(string Device);

/// <summary>
/// Works off a few recordings and sends the rest on as another message, so that no message takes long. Safe to redeliver: each time it
/// looks again at what is missing.
/// </summary>
internal sealed class ExtractMissingConsumer(MissingSets missing, RecordingExtraction extraction) : IConsumer<ExtractMissing>
{
    // A few seconds of work, far from any time-out of the broker.
    private const int RecordingsPerMessage = 20;

    public async Task Consume(ConsumeContext<ExtractMissing> context)
    {
        var recordings = await missing.Of(context.Message.Device, RecordingsPerMessage, context.CancellationToken);
        foreach (var recordingId in recordings)
        {
            foreach (var announcement in await extraction.Extract(recordingId, context.CancellationToken))
                await context.Publish(announcement, context.CancellationToken);
        }

        // Each of them has a set or a failure now, so this ends.
        if (recordings.Count == RecordingsPerMessage)
            await context.Publish(context.Message, context.CancellationToken);
    }
}
