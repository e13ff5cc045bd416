using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Predictor.Scoring;

/// <summary>Stored patches: [<paramref name="Count"/>, n_mels, own frames], absolute dB, row-major.</summary>
internal sealed record StoredPatches(float[] Values, int Count);

/// <summary>Reads announced feature sets and believes nothing that it can check.</summary>
internal sealed class FeatureSetReader(IObjectStore store)
{
    /// <exception cref="UnscorableException">Missing, other bytes than announced, or not the shape of the extraction.</exception>
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
            throw new UnscorableException($"Feature set {features.FeatureSetKey} cannot be scored: {exception.Message}", exception);
        }
    }
}
