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
            var audio = await store.ReadVerified(recording.ObjectKey, recording.AudioSha256, cancellationToken);
            var set = extractors.Extract(spec.Extraction, WavReader.Read(new MemoryStream(audio, writable: false)));
            var stored = await Store(recording, spec.Extraction, set, cancellationToken);
            await sets.Save(recording, stored, set, cancellationToken);
            metrics.Extracted(set.PatchCount, time.GetElapsedTime(started));
            // Another instance may have been first: what its row says counts.
            return Extracted(recording, (await sets.Find(recording.RecordingId, stored.ExtractionHash, cancellationToken))!);
        }
        catch (AudioFormatException error)
        {
            return await Fail(recording, spec, ReasonOf(error.Fault), error.Message, cancellationToken);
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

    private async Task<StoredSet> Store(Recording recording, Extraction extraction, FeatureSet set, CancellationToken cancellationToken)
    {
        var hash = extraction.Hash;
        var key = $"features/{hash[..8]}/{recording.Device}/{recording.Day}/{recording.RecordingId}.npy";
        var bytes = NpyFile.Write(set.ToArray());
        if (!await store.TryCreate(key, bytes, cancellationToken))
        {
            // Left by an instance that died before its row, or by one that is at it right now. Its last bits may differ from ours, because
            // processors add in different orders; what stands in the store is what others read. Unless it is no such set at all: no row
            // names it yet, so it may be replaced.
            var existing = await store.ReadAll(key, cancellationToken);
            if (IsSetOf(existing, set))
                bytes = existing;
            else
                await store.Put(key, new MemoryStream(bytes, writable: false), cancellationToken);
        }

        return new StoredSet(key, Convert.ToHexStringLower(SHA256.HashData(bytes)), hash, set.PatchCount);
    }

    private static bool IsSetOf(byte[] existing, FeatureSet set)
    {
        try
        {
            return NpyFile.Read(existing).Shape.SequenceEqual([set.PatchCount, set.NMels, set.Frames]);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private async Task<FeatureExtractionFailed> Fail(
        Recording recording, WantedSpec spec, string reason, string detail, CancellationToken cancellationToken)
    {
        metrics.Failed(reason);
        LogFailed(recording.RecordingId, recording.Device, spec.Name, reason, detail);
        return Failed(recording, await failures.Save(recording, spec.Name, reason, detail, cancellationToken));
    }

    private static FeaturesExtracted Extracted(Recording recording, StoredSet set) => new(
        recording.RecordingId, recording.Device, set.ObjectKey, set.Sha256, set.ExtractionHash, recording.AudioSha256, set.PatchCount,
        new DateTimeOffset(recording.RecordedAt));

    private static FeatureExtractionFailed Failed(Recording recording, ExtractionFailure failure) =>
        new(recording.RecordingId, recording.Device, failure.Reason, failure.Detail, new DateTimeOffset(failure.FailedAt));

    private static string ReasonOf(AudioFault fault) => fault switch
    {
        AudioFault.Corrupt => ExtractionFailures.CorruptAudio,
        AudioFault.TooShort => ExtractionFailures.TooShort,
        AudioFault.WrongSampleRate => ExtractionFailures.WrongSampleRate,
        _ => ExtractionFailures.UnsupportedAudio,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Recording {RecordingId} of {Device} cannot be extracted under {Spec}: {Reason}: {Detail}")]
    private partial void LogFailed(Guid recordingId, string device, string spec, string reason, string detail);
}
