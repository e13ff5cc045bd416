using MassTransit;
using Platform.Contracts;

namespace Platform.Ingest;

/// <summary>
/// Puts a recording that nobody can read into quarantine, and notes with any other why it has no features. Safe to
/// redeliver: copy, then row, then delete, each of which may be repeated after a crash in between.
/// </summary>
internal sealed class QuarantineRecordingConsumer(
    Archive archive, QuarantineStore quarantine, OutcomeStore outcomes, RecordingStore recordings, IngestMetrics metrics) : IConsumer<FeatureExtractionFailed>
{
    // The others are the fault of a setting that may change; the audio itself is good.
    private static readonly string[] Unreadable = [ExtractionFailures.CorruptAudio, ExtractionFailures.UnsupportedAudio];

    public async Task Consume(ConsumeContext<FeatureExtractionFailed> context)
    {
        var (failed, cancellationToken) = (context.Message, context.CancellationToken);
        var recording = await recordings.Find(failed.RecordingId, cancellationToken)
            ?? throw new UnknownRecordingException(failed.RecordingId);

        if (!Unreadable.Contains(failed.Reason))
        {
            await outcomes.KeepFailure(failed, cancellationToken);
            return;
        }

        await archive.CopyToQuarantine(recording, cancellationToken);
        if (await quarantine.Quarantine(failed, Archive.QuarantineKey(recording), cancellationToken))
            metrics.Quarantined();
        await archive.Discard(Archive.AudioKey(recording), cancellationToken);
    }
}
