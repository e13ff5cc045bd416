using System.Security.Cryptography;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Features.Recordings;
using Platform.Hosting;

namespace Platform.Features.Extracting;

/// <summary>
/// Brings one recording to its feature sets: finds those that are there, makes those that are missing, and says what is to be announced.
/// May run any number of times and in several instances at once.
/// </summary>
internal sealed partial class RecordingExtraction(
    RecordingStore recordings,
    WantedSpecs specs,
    FeatureSetStore sets,
    FailureStore failures,
    ExtractorPool extractors,
    ExtractionMetrics metrics,
    IObjectStore store,
    TimeProvider time,
    ILogger<RecordingExtraction> logger)
{
    /// <summary>
    /// Messages to publish; none while the recording's device is not known, whose announcement then brings us here again.
    /// </summary>
    public async Task<IReadOnlyList<object>> Extract(Guid recordingId, CancellationToken cancellationToken)
    {
        var recording = await recordings.Get(recordingId, cancellationToken);
        var announcements = new List<object>();
        foreach (var spec in await specs.For(recording.Device, cancellationToken))
        {
            if (await Find(recording, spec, cancellationToken) is not { } outcome)
                outcome = await Make(recording, spec, cancellationToken);
            if (outcome is FeaturesExtracted extracted)
                announcements.Add(extracted with { FeatureSpec = spec.Name });
            else if (spec.Own)
                announcements.Add((FeatureExtractionFailed)outcome with { FeatureSpec = spec.Name });
        }

        return announcements;
    }

    private async Task<object?> Find(Recording recording, WantedSpec spec, CancellationToken cancellationToken)
    {
        if (spec.Extraction is not null && await sets.Find(recording.RecordingId, spec.Extraction.Hash, cancellationToken) is { } set)
            return Extracted(recording, set);

        return await failures.Find(recording.RecordingId, spec.Name, cancellationToken) is { } failure ? Failed(recording, failure) : null;
    }

    private async Task<object> Make(Recording recording, WantedSpec spec, CancellationToken cancellationToken)
    {
        if (spec.Extraction is null)
        {
            return await Fail(recording, spec, ExtractionFailures.UnknownSpec,
                $"Device {recording.Device} names the feature spec '{spec.Name}', which does not exist.", cancellationToken);
        }

        var started = time.GetTimestamp();
        try
        {
            using var patches = new PatchSpool(spec.Extraction);
            var summary = await Extract(recording, spec.Extraction, patches, cancellationToken);
            var stored = await Store(recording, spec.Extraction, patches.Finish(), summary.PatchCount, cancellationToken);
            await sets.Save(recording, stored, summary, cancellationToken);
            metrics.Extracted(summary.PatchCount, time.GetElapsedTime(started));
            // Another instance may have been first: what its row says counts.
            return Extracted(recording, (await sets.Find(recording.RecordingId, stored.ExtractionHash, cancellationToken))!);
        }
        catch (AudioFormatException error)
        {
            return await Fail(recording, spec, ReasonOf(error.Fault), error.Message, cancellationToken, error.Duration);
        }
        catch (ObjectNotFoundException error)
        {
            return await Fail(recording, spec, ExtractionFailures.MissingAudio, error.Message, cancellationToken);
        }
        catch (ObjectCorruptException error)
        {
            return await Fail(recording, spec, ExtractionFailures.CorruptAudio, error.Message, cancellationToken);
        }
    }

    /// <summary>Archive → decoder → patches → spool, a block at a time; a recording never stands in memory as a whole.</summary>
    private async Task<FeatureSummary> Extract(
        Recording recording, Extraction extraction, PatchSpool patches, CancellationToken cancellationToken)
    {
        await using var archived = await store.OpenVerified(recording.ObjectKey, recording.AudioSha256, cancellationToken);
        return await Task.Run(() =>
        {
            try
            {
                var summary = extractors.Extract(extraction, AudioDecoder.Open(archived), patch =>
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    patches.Add(patch);
                });
                archived.Complete();
                return summary;
            }
            catch (AudioFormatException)
            {
                archived.Complete(); // bytes that are not those that were archived are the store's fault, not the recorder's
                throw;
            }
        }, cancellationToken);
    }

    private async Task<StoredSet> Store(
        Recording recording, Extraction extraction, Stream content, int patchCount, CancellationToken cancellationToken)
    {
        var hash = extraction.Hash;
        var key = $"features/{hash[..8]}/{recording.Device}/{recording.Day}/{recording.RecordingId}.npy";
        var own = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
        content.Position = 0;
        if (await store.TryCreate(key, content, cancellationToken))
            return new StoredSet(key, own, hash, patchCount);

        // Left by an instance that died before its row, or by one that is at it right now. Its last bits may differ from ours, because
        // processors multiply and add in one step or in two; what stands in the store is what others read. Unless it is no such set at
        // all: no row names it yet, so it may be replaced.
        await using (var existing = await store.OpenRead(key, cancellationToken))
        {
            if (IsSetOf(existing, [patchCount, extraction.NMels, extraction.OwnFrames]))
                return new StoredSet(key, await HashOf(key, cancellationToken), hash, patchCount);
        }

        content.Position = 0;
        await store.Put(key, content, cancellationToken);
        return new StoredSet(key, own, hash, patchCount);
    }

    private async Task<string> HashOf(string key, CancellationToken cancellationToken)
    {
        await using var content = await store.OpenRead(key, cancellationToken);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
    }

    private static bool IsSetOf(Stream existing, int[] shape)
    {
        try
        {
            var header = NpyHeader.Read(existing);
            var bytes = header.Count * header.ItemSize;
            var buffer = new byte[64 * 1024];
            for (int read; (read = existing.Read(buffer)) > 0;)
                bytes -= read;
            return header.DType == NpyFile.DTypeF4 && header.Shape.SequenceEqual(shape) && bytes == 0;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private async Task<FeatureExtractionFailed> Fail(
        Recording recording, WantedSpec spec, string reason, string detail, CancellationToken cancellationToken, TimeSpan? duration = null)
    {
        metrics.Failed(reason);
        LogFailed(recording.RecordingId, recording.Device, spec.Name, reason, detail);
        var failure = new ExtractionFailure(reason, detail, time.GetUtcNow().UtcDateTime, duration?.TotalSeconds);
        return Failed(recording, await failures.Save(recording, spec.Name, failure, cancellationToken));
    }

    private static FeaturesExtracted Extracted(Recording recording, StoredSet set) => new(
        recording.RecordingId, recording.Device, set.ObjectKey, set.Sha256, set.ExtractionHash, recording.AudioSha256, set.PatchCount,
        new DateTimeOffset(recording.RecordedAt), DurationSeconds: set.DurationSeconds);

    private static FeatureExtractionFailed Failed(Recording recording, ExtractionFailure failure) =>
        new(recording.RecordingId, recording.Device, failure.Reason, failure.Detail, new DateTimeOffset(failure.FailedAt), failure.DurationSeconds);

    private static string ReasonOf(AudioFault fault) => fault switch
    {
        AudioFault.Corrupt => ExtractionFailures.CorruptAudio,
        AudioFault.TooShort => ExtractionFailures.TooShort,
        AudioFault.MissingChannel => ExtractionFailures.MissingChannel,
        _ => ExtractionFailures.UnsupportedAudio,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Recording {RecordingId} of {Device} cannot be extracted under {Spec}: {Reason}: {Detail}")]
    private partial void LogFailed(Guid recordingId, string device, string spec, string reason, string detail);
}
