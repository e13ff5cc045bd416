using MassTransit;
using Platform.Contracts;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Shadows;

/// <summary>Gives a recording the score of one shadow. Nothing of it reaches the champion, its score or an alarm.</summary>
internal sealed class ShadowScoring(
    ShadowPackages packages, ShadowLoading loading, ComputeSlots slots, FeatureSetReader featureSets, ShadowScoreStore scores, TimeProvider clock)
{
    /// <param name="bus">Where a package that turns out to be at fault is reported.</param>
    internal async Task Score(ShadowDeployed shadow, FeaturesExtracted features, IPublishEndpoint bus, CancellationToken cancellationToken)
    {
        if (await scores.IsScored(features.RecordingId, shadow.ModelId, shadow.Version, cancellationToken))
            return;

        Serving.Draining<Platform.Models.LoadedModel> package;
        try
        {
            package = await packages.Use(shadow, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            if (await loading.Refuse(shadow, exception, bus, cancellationToken))
                return;
            throw; // the store is away: this queue waits, no other does
        }

        try
        {
            await scores.Add(await Judge(package.Value, shadow, features, cancellationToken), cancellationToken);
        }
        finally
        {
            package.Done();
        }
    }

    private async Task<ShadowScore> Judge(
        Platform.Models.LoadedModel model, ShadowDeployed shadow, FeaturesExtracted features, CancellationToken cancellationToken)
    {
        var extraction = model.Package.Config.FeatureSpec.Extraction;
        if (extraction.Hash != features.ExtractionHash)
            return Without(ShadowOutcomes.OtherExtraction, $"The shadow was made for extraction {extraction.Hash}, the patches are of {features.ExtractionHash}.");

        try
        {
            await slots.Idle(cancellationToken); // reading and verifying the patches takes a core, too
            var patches = await featureSets.Read(features, extraction, cancellationToken);
            var prediction = RecordingPrediction.Of(
                model, features.Device, await slots.ScoreInBackground(model, features.Device, patches, cancellationToken));
            return new(shadow.ModelId, shadow.Version, features, ShadowOutcomes.Scored, null, prediction, clock.GetUtcNow());
        }
        catch (UnscorableException exception)
        {
            return Without(ShadowOutcomes.Unscorable, exception.Message);
        }

        ShadowScore Without(string outcome, string detail) =>
            new(shadow.ModelId, shadow.Version, features, outcome, detail, null, clock.GetUtcNow());
    }
}

/// <summary>
/// Scores each recording whose patches are ready with the shadows of its device; most have none. Its queue is its own: what happens here
/// holds up no champion. Safe to redeliver: a recording is scored once by each version.
/// </summary>
internal sealed class ScoreShadowConsumer(ShadowTable table, PassedOver passedOver, ShadowScoring scoring, ShadowCatchUp catchUp) : IConsumer<FeaturesExtracted>
{
    /// <summary>The queue, without the service's name.</summary>
    internal const string Work = "shadow-scores";

    public async Task Consume(ConsumeContext<FeaturesExtracted> context)
    {
        // A replica that does not know yet which shadows there are cannot say that there is none.
        await catchUp.First.WaitAsync(context.CancellationToken);

        passedOver.Came(context.Message);
        foreach (var shadow in table.Of(context.Message.Device))
            await scoring.Score(shadow, context.Message, context, context.CancellationToken);
    }
}
