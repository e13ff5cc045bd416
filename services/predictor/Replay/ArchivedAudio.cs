using System.Globalization;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Replay;

/// <summary>Finds a recording's bytes in the archive and extracts them anew.</summary>
internal sealed class ArchivedAudio(IObjectStore store, AudioExtraction extraction)
{
    private const double FurthestTimeZoneHours = 14;

    /// <summary>
    /// The key of the audio; null when it is in no place where it may be. A recording's day is that of its plant, so it is the day in UTC, the one
    /// before or the one after; what turned out to be unreadable later is in quarantine. The name is the hash, so a listing of the exact name is enough.
    /// </summary>
    internal async Task<string?> Find(ScoredRecording scored, CancellationToken cancellationToken)
    {
        var (device, sha256, recordedAt) = (scored.Features.Device, scored.Features.AudioSha256, scored.Features.RecordedAt.UtcDateTime);
        var days = new[] { 0, -FurthestTimeZoneHours, FurthestTimeZoneHours }
            .Select(hours => recordedAt.AddHours(hours).ToString("yyyyMMdd", CultureInfo.InvariantCulture))
            .Distinct();
        foreach (var folder in days.Select(day => $"audio/{device}/{day}").Append($"quarantine/{device}"))
        {
            await foreach (var found in store.List($"{folder}/{sha256}.", cancellationToken))
                return found.Key;
        }

        return null;
    }

    /// <summary>Reads the bytes and looks at nothing but their hash.</summary>
    /// <exception cref="ObjectNotFoundException">It went away meanwhile.</exception>
    /// <exception cref="ObjectCorruptException">Other bytes than were archived.</exception>
    internal async Task Verify(string key, ScoredRecording scored, CancellationToken cancellationToken)
    {
        await using var archived = await store.OpenVerified(key, scored.Features.AudioSha256, cancellationToken);
        archived.Complete();
    }

    /// <summary>Patches by the code that features uses, once the bytes have turned out to be those that were archived.</summary>
    /// <exception cref="ObjectNotFoundException">It went away meanwhile.</exception>
    /// <exception cref="ObjectCorruptException">Other bytes than were archived.</exception>
    /// <exception cref="AudioFormatException">They cannot be extracted under this spec.</exception>
    internal async Task<StoredPatches> Extract(string key, ScoredRecording scored, Extraction spec, CancellationToken cancellationToken)
    {
        await using var archived = await store.OpenVerified(key, scored.Features.AudioSha256, cancellationToken);
        return await Task.Run(() =>
        {
            try
            {
                var patches = extraction.Extract(archived, spec);
                archived.Complete();
                return patches;
            }
            catch (AudioFormatException)
            {
                archived.Complete(); // damaged bytes are the store's fault, and the one to be named
                throw;
            }
        }, cancellationToken);
    }
}
