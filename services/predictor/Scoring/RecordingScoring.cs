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
    ModelLeases leases,
    DeviceTurns turns,
    FeatureSetReader featureSets,
    ComputeSlots slots,
    ScoreStore scores,
    UnscoredStore unscored,
    AlarmTracking alarms,
    NpgsqlDataSource dataSource,
    TimeProvider clock)
{
    /// <summary>The recording's score, given now or earlier; null when no model can score it yet, and then it is noted.</summary>
    internal async Task<ScoredRecording?> Score(FeaturesExtracted features, Occasion occasion, CancellationToken cancellationToken)
    {
        features = features with { RecordedAt = ToMicroseconds(features.RecordedAt) };
        using var turn = turns.Take(features.Device);
        if (await scores.Find(features.RecordingId, cancellationToken) is { } known)
            return known;

        // After the note, look again: a model that went live between look and note did not see the note in its backfill.
        for (var noted = false; ; noted = true)
        {
            string reason, detail;
            try
            {
                using var lease = await Lease(features.Device, occasion, cancellationToken);
                if (Obstacle(lease, features) is not { } obstacle)
                    return await ScoreWith(lease!, turn, features, occasion, cancellationToken);
                (reason, detail) = obstacle;
            }
            catch (ModelUnavailableException exception)
            {
                (reason, detail) = (UnscoredReasons.ModelUnavailable, exception.Message);
            }

            if (noted)
                return null;
            await unscored.Note(features, reason, detail, clock.GetUtcNow(), cancellationToken);
        }
    }

    private ValueTask<ModelLease?> Lease(string device, Occasion occasion, CancellationToken cancellationToken) =>
        occasion == Occasion.Arrival ? leases.ForRecording(device, cancellationToken) : leases.Of(device, cancellationToken);

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
        ModelLease lease, DeviceTurns.Turn turn, FeaturesExtracted features, Occasion occasion, CancellationToken cancellationToken)
    {
        var patches = await featureSets.Read(features, lease.Extraction, cancellationToken);
        var prediction = RecordingPrediction.Of(
            lease.Model, features.Device, await slots.Score(lease.Model, features.Device, patches, cancellationToken));
        await turn.Come(cancellationToken);

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var alarm = await AlarmStore.Lock(connection, transaction, features.Device, cancellationToken);

        // Another replica may have been faster with the same message; the lock makes one of the two the first.
        if (await ScoreStore.Find(connection, transaction, features.RecordingId, cancellationToken) is { } known)
            return known;

        var deployed = lease.Deployed;
        var mayOpen = occasion == Occasion.Arrival || features.RecordedAt >= deployed.DeployedAt;
        var judged = new ScoredRecording(
            features, deployed.ModelId, deployed.Version, deployed.Deployment, deployed.SpecHash,
            prediction, AlarmChange.None, AlarmId: null, ToMicroseconds(clock.GetUtcNow()), Provenance.Of(deployed));

        var scored = await alarms.Consider(connection, transaction, alarm, judged, mayOpen, cancellationToken);
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
