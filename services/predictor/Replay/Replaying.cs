using System.Globalization;
using System.Security.Cryptography;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Replay;

/// <summary>
/// Scores a recording again from its archived audio with the version that scored it, whatever is deployed, rolled back, retrained or moved since.
/// Stores nothing and changes no alarm.
/// </summary>
internal sealed class Replaying(
    ArchivedAudio audio, ArchivedPackages packages, FeatureSetReader featureSets, PeoplesTurns turns)
{
    /// <exception cref="StoreAwayException">The store does not answer, which says nothing about the recording.</exception>
    internal Task<ReplayedRecording> Replay(ScoredRecording scored, CancellationToken cancellationToken) => turns.Take(
        () => StoreAwayException.Translate(() => InTurn(scored, cancellationToken), cancellationToken), cancellationToken);

    private async Task<ReplayedRecording> InTurn(ScoredRecording scored, CancellationToken cancellationToken)
    {
        var chain = new Chain(scored);
        var key = await audio.Find(scored, cancellationToken);
        using var package = await Open(scored, chain, cancellationToken);
        if (package is null)
        {
            await Verify(scored, key, chain, cancellationToken);
            return chain.Result(ScoreComparison.NotPossible(scored.Prediction));
        }

        chain.PackageVerified(package);
        var spec = package.Model.Package.Config.FeatureSpec.Extraction;
        if (await Extract(scored, key, spec, chain, cancellationToken) is { } patches)
        {
            await Compare(scored, patches, spec, chain, cancellationToken);
            return chain.Result(ScoreComparison.Of(scored.Prediction, Score(package, scored, patches)));
        }

        await FromStoredPatches(scored, package, spec, chain, cancellationToken);
        return chain.Result(ScoreComparison.NotPossible(scored.Prediction));
    }

    private async Task<ArchivedPackage?> Open(ScoredRecording scored, Chain chain, CancellationToken cancellationToken)
    {
        try
        {
            return await packages.Open(scored, cancellationToken);
        }
        catch (Exception exception) when (exception is ObjectNotFoundException or ObjectCorruptException or InvalidDataException)
        {
            chain.PackageUnusable(exception);
            return null;
        }
    }

    /// <summary>Without a model the audio leads to nothing, but whether it is there is worth knowing.</summary>
    private async Task Verify(ScoredRecording scored, string? key, Chain chain, CancellationToken cancellationToken)
    {
        if (key is null)
        {
            chain.AudioMissing();
            return;
        }

        try
        {
            await audio.Verify(key, scored, cancellationToken);
            chain.AudioVerified(key);
        }
        catch (Exception exception) when (exception is ObjectNotFoundException or ObjectCorruptException)
        {
            chain.AudioUnusable(key, exception);
        }
    }

    /// <summary>Null when the archive's audio gives no patches; the chain says why.</summary>
    private async Task<StoredPatches?> Extract(
        ScoredRecording scored, string? key, Extraction spec, Chain chain, CancellationToken cancellationToken)
    {
        if (key is null)
        {
            chain.AudioMissing();
            return null;
        }

        try
        {
            var patches = await audio.Extract(key, scored, spec, cancellationToken);
            chain.AudioVerified(key);
            return patches;
        }
        catch (Exception exception) when (exception is ObjectNotFoundException or ObjectCorruptException or AudioFormatException)
        {
            chain.AudioUnusable(key, exception);
            return null;
        }
    }

    /// <summary>Whether the patches are bit for bit those that were scored and, where they are not, by how much they differ.</summary>
    private async Task Compare(
        ScoredRecording scored, StoredPatches anew, Extraction spec, Chain chain, CancellationToken cancellationToken)
    {
        var npy = NpyFile.Write(NpyArray.Of(anew.Values, anew.Count, spec.NMels, spec.OwnFrames));
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(npy));
        if (sha256 == scored.Features.FeatureSetSha256)
        {
            chain.FeaturesVerified(sha256);
            return;
        }

        try
        {
            var stored = await featureSets.Read(scored.Features, spec, cancellationToken);
            chain.FeaturesDiffer(sha256, stored.Values.Length == anew.Values.Length
                ? string.Create(CultureInfo.InvariantCulture, $"extracted anew they differ by at most {LargestDifference(stored.Values, anew.Values):g3} dB: another processor rounds differently")
                : $"extracted anew there are {anew.Count} patches, stored are {stored.Count}");
        }
        catch (UnscorableException exception)
        {
            chain.FeaturesDiffer(sha256, $"extracted anew they have other bits, and those that were scored are not there to compare: {exception.Message}");
        }
    }

    /// <summary>Without the audio the chain is broken, but the patches of then may still say that the model gives the same.</summary>
    private async Task FromStoredPatches(
        ScoredRecording scored, ArchivedPackage package, Extraction spec, Chain chain, CancellationToken cancellationToken)
    {
        try
        {
            var patches = await featureSets.Read(scored.Features, spec, cancellationToken);
            var comparison = ScoreComparison.Of(scored.Prediction, Score(package, scored, patches));
            chain.FeaturesInstead(scored.Features.FeatureSetKey, comparison);
        }
        catch (UnscorableException exception)
        {
            chain.FeaturesMissing(exception.Message);
        }
    }

    private static RecordingPrediction Score(ArchivedPackage package, ScoredRecording scored, StoredPatches patches) =>
        RecordingPrediction.Of(package.Model, scored.Features.Device, patches);

    private static float LargestDifference(float[] first, float[] second)
    {
        var largest = 0f;
        for (var i = 0; i < first.Length; i++)
            largest = Math.Max(largest, Math.Abs(first[i] - second[i]));
        return largest;
    }
}
