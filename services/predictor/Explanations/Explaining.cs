using Platform.Hosting;
using Platform.Models;
using Platform.Predictor.Replay;
using Platform.Predictor.Scoring;
using Platform.Predictor.Serving;

namespace Platform.Predictor.Explanations;

/// <summary>Computes where a recording deviates, with the version that scored it or, for posted audio, with the one that is live.</summary>
internal sealed class Explaining(ScoringVersions versions, FeatureSetReader featureSets, ArchivedAudio archive, AudioExtraction extraction, PeoplesTurns turns)
{
    /// <exception cref="StoreAwayException">The store does not answer.</exception>
    /// <exception cref="GoneException">What it takes is gone, or is not what it was.</exception>
    internal Task<T> Of<T>(ScoredRecording scored, Func<ExplainedRecording, T> show, CancellationToken cancellationToken) => turns.Take(
        () => StoreAwayException.Translate(async () => show(await InTurn(scored, cancellationToken)), cancellationToken), cancellationToken);

    /// <exception cref="Platform.Dsp.AudioFormatException">Not audio, or not audio for this model.</exception>
    /// <exception cref="UnscorableException">The model makes no number of it.</exception>
    internal Task<T> Of<T>(string device, Stream audio, ModelLease lease, Func<ExplainedRecording, T> show, CancellationToken cancellationToken) => turns.Take(
        () => Task.FromResult(show(Posted(device, audio, lease))), cancellationToken);

    private ExplainedRecording Posted(string device, Stream audio, ModelLease lease)
    {
        var (deployed, patches) = (lease.Deployed, extraction.Extract(audio, lease.Extraction));
        var prediction = RecordingPrediction.Of(lease.Model, device, patches);
        var about = new ScoredSubject(
            null, device, null, null, deployed.ModelId, deployed.Version, deployed.Deployment, deployed.SpecHash, prediction);
        return Explain(about, lease.Model, patches);
    }

    private async Task<ExplainedRecording> InTurn(ScoredRecording scored, CancellationToken cancellationToken)
    {
        using var version = await Version(scored, cancellationToken);
        return Explain(ScoredSubject.Of(scored), version.Model, await Patches(scored, version.Model, cancellationToken));
    }

    private async Task<BorrowedVersion> Version(ScoredRecording scored, CancellationToken cancellationToken)
    {
        try
        {
            return await versions.Borrow(scored, cancellationToken);
        }
        catch (Exception exception) when (exception is ObjectNotFoundException or ObjectCorruptException or InvalidDataException)
        {
            throw new GoneException(
                $"Recording {scored.Features.RecordingId} was scored by {scored.ModelId} v{scored.Version}, which cannot be loaded any more: {exception.Message}", exception);
        }
    }

    /// <summary>The patches that were scored; where they are gone the archive's audio gives them again.</summary>
    private async Task<StoredPatches> Patches(ScoredRecording scored, LoadedModel model, CancellationToken cancellationToken)
    {
        var spec = model.Package.Config.FeatureSpec.Extraction;
        try
        {
            return await featureSets.Read(scored.Features, spec, cancellationToken);
        }
        catch (UnscorableException exception)
        {
            if (await archive.Find(scored, cancellationToken) is not { } key)
                throw new GoneException($"{exception.Message} Nor has the archive its audio.", exception);
            try
            {
                return await archive.Extract(key, scored, spec, cancellationToken);
            }
            catch (Exception again) when (again is ObjectNotFoundException or ObjectCorruptException or Platform.Dsp.AudioFormatException)
            {
                throw new GoneException($"{exception.Message} Nor can its audio be used: {again.Message}", again);
            }
        }
    }

    private static ExplainedRecording Explain(ScoredSubject about, LoadedModel model, StoredPatches patches)
    {
        var spec = model.Package.Config.FeatureSpec;
        var deviations = model.Explain(about.Device, patches.Values);
        return new(about, spec, patches, new(deviations, spec.Extraction, UsualErrors.Of(model.Package, about.Device)));
    }
}

/// <summary>What an explanation takes was there once and is not any more; asking again will not help.</summary>
internal sealed class GoneException(string message, Exception innerException) : Exception(message, innerException);
