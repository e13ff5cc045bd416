using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Predictor.Scoring;

/// <summary>Stored patches: [<paramref name="Count"/>, n_mels, own frames], absolute dB, row-major.</summary>
internal sealed record StoredPatches(float[] Values, int Count);

/// <summary>Reads announced feature sets and believes nothing that it can check.</summary>
internal sealed class FeatureSetReader(IObjectStore store)
{
    /// <exception cref="UnreadableFeatureSetException">Missing, other bytes than announced, or not the shape of the extraction.</exception>
    internal async Task<StoredPatches> Read(FeaturesExtracted features, Extraction extraction, CancellationToken cancellationToken)
    {
        try
        {
            var bytes = await store.ReadVerified(features.FeatureSetKey, features.FeatureSetSha256, cancellationToken);
            var array = NpyFile.Read(bytes);
            int[] expected = [features.PatchCount, extraction.NMels, extraction.OwnFrames];
            if (features.PatchCount < 1 || !array.Shape.SequenceEqual(expected))
                throw new InvalidDataException(
                    $"shape is [{string.Join(", ", array.Shape)}], announced was [{string.Join(", ", expected)}] with at least one patch.");

            return new(array.ToSingles(), features.PatchCount);
        }
        catch (Exception exception) when (exception is ObjectNotFoundException or ObjectCorruptException or InvalidDataException)
        {
            throw new UnreadableFeatureSetException(features.FeatureSetKey, exception);
        }
    }
}

/// <summary>A stored feature set is missing or not what was announced; trying again changes nothing.</summary>
internal sealed class UnreadableFeatureSetException(string key, Exception cause)
    : PermanentException($"Feature set {key} cannot be scored: {cause.Message}", cause);
