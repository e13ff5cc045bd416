using Npgsql;
using Platform.Contracts;
using Platform.Predictor.Alarms;
using Platform.Predictor.Serving;

namespace Platform.Predictor.Scoring;

/// <summary>Why a recording is scored now.</summary>
internal enum Occasion
{
    /// <summary>Its features were just extracted.</summary>
    Arrival,

    /// <summary>It waited for a model. If it is older than the model's deployment it opens no alarm: nobody could act on it.</summary>
    Backfill,
}

/// <summary>Gives a recording its one score, and its device's alarm the consequence.</summary>
internal sealed class RecordingScoring(
    ServingTable table,
    FeatureSetReader featureSets,
    ComputeSlots slots,
    ScoreStore scores,
    UnscoredStore unscored,
    NpgsqlDataSource dataSource,
    TimeProvider clock)
{
    /// <summary>The recording's score, given now or earlier; null when no model can score it yet, and then it is noted.</summary>
    internal async Task<ScoredRecording?> Score(FeaturesExtracted features, Occasion occasion, CancellationToken cancellationToken)
    {
        features = features with { RecordedAt = ToMicroseconds(features.RecordedAt) };
        if (await scores.Find(features.RecordingId, cancellationToken) is { } known)
            return known;

        // After the note, look again: a model that went live between look and note did not see the note in its backfill.
        for (var noted = false; ; noted = true)
        {
            using var lease = table.Lease(features.Device);
            if (Obstacle(lease, features) is not var (reason, detail))
                return await ScoreWith(lease!, features, occasion, cancellationToken);
            if (noted)
                return null;
            await unscored.Note(features, reason, detail, clock.GetUtcNow(), cancellationToken);
        }
    }

    private static (string Reason, string Detail)? Obstacle(ModelLease? lease, FeaturesExtracted features)
    {
        if (lease is null)
            return (UnscoredReasons.NoModel, $"No model is deployed for device {features.Device}.");

        return lease.ExtractionHash == features.ExtractionHash
            ? null
            : (UnscoredReasons.OtherExtraction,
                $"{lease.Deployed.ModelId} v{lease.Deployed.Version} was made for extraction {lease.ExtractionHash}, " +
                $"the patches are of {features.ExtractionHash}.");
    }

    private async Task<ScoredRecording> ScoreWith(
        ModelLease lease, FeaturesExtracted features, Occasion occasion, CancellationToken cancellationToken)
    {
        var patches = await featureSets.Read(features, lease.Extraction, cancellationToken);
        var prediction = await slots.Run(() => RecordingPrediction.Of(lease.Model, features.Device, patches), cancellationToken);

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var state = await AlarmStore.Lock(connection, transaction, features.Device, cancellationToken);

        // Another replica may have been faster with the same message; the lock makes one of the two the first.
        if (await ScoreStore.Find(connection, transaction, features.RecordingId, cancellationToken) is { } known)
            return known;

        var deployed = lease.Deployed;
        var mayOpen = occasion == Occasion.Arrival || features.RecordedAt >= deployed.DeployedAt;
        var observation = new Observation(features.RecordedAt, prediction.Verdict == Verdicts.Anomalous, mayOpen);
        var step = AlarmTransition.Next(state, observation, Guid.CreateVersion7(clock.GetUtcNow()));
        var scored = new ScoredRecording(
            features, deployed.ModelId, deployed.Version, deployed.Deployment, deployed.SpecHash,
            prediction, step.Change, step.Alarm, ToMicroseconds(clock.GetUtcNow()), Provenance.Of(deployed));

        var alarmed = new AlarmedRecording(
            features.Device, features.RecordingId, deployed.ModelId, deployed.Version, features.RecordedAt.UtcDateTime);
        await AlarmStore.Record(connection, transaction, step, alarmed, cancellationToken);
        await ScoreStore.Add(connection, transaction, scored, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Telemetry.RecordingScored(prediction.Verdict);
        return scored;
    }

    // What PostgreSQL keeps of a time: compared and announced alike before and after it was stored.
    private static DateTimeOffset ToMicroseconds(DateTimeOffset time)
    {
        var utc = time.ToUniversalTime();
        return utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
