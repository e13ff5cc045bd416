using Platform.Cli.Client;
using Platform.Cli.Output;

namespace Platform.Cli.Recordings;

/// <param name="RecordedAt">Null for the time at which the file was last written.</param>
internal sealed record Upload(string Device, string File, string Label, DateTimeOffset? RecordedAt = null);

/// <param name="Known">It was archived before.</param>
/// <param name="Error">Why it was refused; then there is no id.</param>
internal sealed record UploadResult(Upload Upload, Guid? Id, bool Known, string? Error);

/// <summary>Uploads in parallel, those of a device in the order of recording; the results stand in the order of the uploads.</summary>
internal static class Uploading
{
    private const int Parallel = 4; // ingest streams and hashes; more only queue up there

    public static async Task<IReadOnlyList<UploadResult>> All(
        PlatformClient client, IReadOnlyList<Upload> uploads, ProgressLine progress, CancellationToken cancellationToken)
    {
        var results = new UploadResult[uploads.Count];
        var done = 0;
        var dated = Dated(uploads);
        var turns = new UploadTurns(dated);
        await Task.WhenAll(Enumerable.Range(0, Math.Min(Parallel, uploads.Count)).Select(async _ =>
        {
            while (turns.Take() is { } turn)
            {
                results[turn.Index] = await One(client, dated[turn.Index], cancellationToken);
                turns.Done(turn);
                progress.Set(Interlocked.Increment(ref done), uploads.Count, $"{done} of {uploads.Count}");
            }
        }));
        return results;
    }

    private static List<Upload> Dated(IReadOnlyList<Upload> uploads) =>
    [
        .. uploads.Select(upload => upload.RecordedAt is null
            ? upload with { RecordedAt = new DateTimeOffset(File.GetLastWriteTimeUtc(upload.File), TimeSpan.Zero) }
            : upload),
    ];

    /// <summary>The uploads that were taken. One that the platform refuses is said and left out, as it would be in a plant.</summary>
    public static async Task<IReadOnlyList<UploadResult>> Archive(
        PlatformClient client, IReadOnlyList<Upload> uploads, Report report, ProgressLine progress, CancellationToken cancellationToken)
    {
        var results = await All(client, uploads, progress, cancellationToken);
        foreach (var refused in results.Where(result => result.Error is not null))
            report.Line($"refused: {refused.Upload.File}: {refused.Error}");
        return [.. results.Where(result => result.Error is null)];
    }

    private static async Task<UploadResult> One(PlatformClient client, Upload upload, CancellationToken cancellationToken)
    {
        try
        {
            var (recording, known) = await client.PutRecording(upload.Device, upload.File, upload.Label, upload.RecordedAt!.Value, cancellationToken);
            return new(upload, recording.Id, known, recording.State == "quarantined" ? recording.Reason ?? "quarantined" : null);
        }
        catch (PlatformException exception)
        {
            return new(upload, null, false, exception.Message);
        }
    }
}
