using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Ingest;

/// <summary>What is known of an upload before its bytes.</summary>
internal sealed record Upload(string Device, DateTimeOffset RecordedAt, string Label, string? Name);

/// <summary>Archives an upload: object first, then row and message in one transaction. Safe to repeat at any point.</summary>
internal sealed class UploadRecording(
    Archive archive, DeviceStore devices, RecordingStore recordings, IngestMetrics metrics, TimeProvider time)
{
    public async Task<(Recording Recording, bool Created)> Run(
        Upload upload, AudioFormat format, Stream audio, CancellationToken cancellationToken)
    {
        var staged = await archive.Stage(audio, cancellationToken);
        if (await recordings.Find(upload.Device, staged.Sha256!, cancellationToken) is { } known)
        {
            await archive.Discard(staged.Key, cancellationToken);
            metrics.AlreadyKnown();
            return (known, false);
        }

        var recording = await Describe(upload, format, staged, cancellationToken);
        await archive.Publish(staged, recording.ObjectKey, cancellationToken);
        if (await recordings.Add(recording, cancellationToken) is not null)
        {
            metrics.Archived(recording.SizeBytes);
            return (recording, true);
        }

        // The same bytes were uploaded at the same time and theirs became the row; ours may lie under another day.
        var winner = (await recordings.Find(upload.Device, staged.Sha256!, cancellationToken))!;
        if (recording.ObjectKey != winner.ObjectKey)
            await archive.Discard(recording.ObjectKey, cancellationToken);
        metrics.AlreadyKnown();
        return (winner, false);
    }

    private async Task<Recording> Describe(Upload upload, AudioFormat format, ObjectInfo staged, CancellationToken cancellationToken)
    {
        var timeZone = (await devices.Find(upload.Device, cancellationToken))?.TimeZone ?? Device.DefaultTimeZone;
        var day = Device.DayOf(upload.RecordedAt, timeZone);
        return new Recording
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()),
            Device = upload.Device,
            Sha256 = staged.Sha256!,
            SizeBytes = staged.Size,
            ObjectKey = Archive.AudioKey(upload.Device, day, staged.Sha256!, format.Extension),
            Format = format.Extension,
            Name = upload.Name,
            RecordedAt = AsStored(upload.RecordedAt),
            Day = day,
            ArchivedAt = AsStored(time.GetUtcNow()),
            Label = upload.Label,
            Verdict = Verdicts.None,
            State = RecordingStates.Archived,
        };
    }

    /// <summary>PostgreSQL keeps microseconds; answer and message say the same as the row.</summary>
    private static DateTime AsStored(DateTimeOffset moment) => moment.UtcDateTime.AddTicks(-(moment.Ticks % TimeSpan.TicksPerMicrosecond));
}
