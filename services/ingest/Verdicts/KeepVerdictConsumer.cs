using MassTransit;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Ingest;

/// <summary>
/// Keeps the verdict of the newest deployment with the recording. Safe to redeliver and to come out of order: an older
/// deployment's verdict does not replace a newer one's.
/// </summary>
internal sealed class KeepVerdictConsumer(VerdictStore verdicts, LabelStore labels, RecordingStore recordings) : IConsumer<RecordingScored>
{
    public async Task Consume(ConsumeContext<RecordingScored> context)
    {
        var scored = context.Message;
        if (await verdicts.Keep(scored, context.CancellationToken))
        {
            if (scored.Verdict == Contracts.Verdicts.Anomalous)
                await labels.VerifyNormal(scored.RecordingId, context.CancellationToken);
            return;
        }

        // Not kept: an older one, which is fine, or of a recording that we never had, which is not.
        if (await recordings.Find(scored.RecordingId, context.CancellationToken) is null)
            throw new UnknownRecordingException(scored.RecordingId);
    }
}

/// <summary>A message is about a recording that was never archived here.</summary>
internal sealed class UnknownRecordingException(Guid id) : PermanentException($"There is no recording '{id}'.");
