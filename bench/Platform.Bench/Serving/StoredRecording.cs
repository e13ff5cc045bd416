using System.Security.Cryptography;
using Platform.Contracts;
using Platform.Dsp;

namespace Platform.Bench.Serving;

/// <summary>The patches of one recording in the store, which may be announced as often as somebody likes: each time it is another recording.</summary>
internal sealed record StoredRecording(string Key, string Sha256, int Patches)
{
    public static async Task<StoredRecording> Put(BenchPredictors platform, double seconds, CancellationToken cancellationToken)
    {
        var features = BenchAudio.Features(BenchAudio.Hum(seconds));
        var npy = NpyFile.Write(features.ToArray());
        var key = $"features/bench/{Guid.NewGuid():N}.npy";
        await platform.Store.Put(key, new MemoryStream(npy), cancellationToken);
        return new(key, Convert.ToHexStringLower(SHA256.HashData(npy)), features.PatchCount);
    }

    public FeaturesExtracted Announcement(string device, DateTimeOffset recordedAt) => new(
        Guid.NewGuid(), device, Key, Sha256, BenchModel.Spec.Extraction.Hash, new string('0', 64), Patches, recordedAt);
}
