using Npgsql;
using Platform.Contracts;
using Platform.Predictor.Labelling;
using Platform.Predictor.Scoring;
using Platform.Predictor.Trends;

namespace Platform.Predictor.Alarms;

/// <summary>What a recording's score does to its device: to the alarm, and to the trend. Everything in the transaction of the score.</summary>
internal sealed class AlarmTracking(AlarmOptions options, TrendTracking trends, TimeProvider clock)
{
    /// <summary>The recording with what it did to the alarm; the caller holds the device's lock and writes the score.</summary>
    internal async Task<ScoredRecording> Consider(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        LockedAlarm alarm,
        ScoredRecording judged,
        bool mayOpen,
        CancellationToken cancellationToken)
    {
        var features = judged.Features;
        var trend = await TrendStore.Find(connection, transaction, TrendKey.Of(judged), cancellationToken);
        // Only after the lock was taken: a label that came first is committed, one that comes later waits and finds the score.
        var label = await LabelStore.Find(connection, transaction, features.RecordingId, cancellationToken);
        var observation = new Observation(
            features.RecordingId, features.RecordedAt, judged.Prediction.Level, judged.Prediction.Verdict == Verdicts.Anomalous, mayOpen,
            LabelStore.SaysNormal(label));

        var rules = alarm.Rules.Over(options.Rules).WithRoomAbove(trends.BaselineOf(trend));
        var step = AlarmTransition.Next(rules, alarm.State, observation, Guid.CreateVersion7(clock.GetUtcNow()));
        await Record(connection, transaction, judged, step, cancellationToken);
        if (step.Change is AlarmChange.Opened || (step.Change is AlarmChange.Continued && label is not null))
            await AlarmReview.Count(connection, transaction, step.Alarm!.Value, cancellationToken);
        await trends.Add(connection, transaction, trend, judged, step, mayOpen, cancellationToken);
        return judged with { AlarmChange = step.Change, AlarmId = step.Alarm };
    }

    private static async Task Record(
        NpgsqlConnection connection, NpgsqlTransaction transaction, ScoredRecording judged, AlarmStep step, CancellationToken cancellationToken)
    {
        var features = judged.Features;
        var recording = new AlarmedRecording(
            features.Device, features.RecordingId, judged.ModelId, judged.Version, features.RecordedAt.UtcDateTime);
        switch (step.Change)
        {
            case AlarmChange.Late:
                return;
            case AlarmChange.Opened:
                await AlarmStore.Open(connection, transaction, step, recording, cancellationToken);
                break;
            case AlarmChange.Continued:
                await AlarmStore.Continue(connection, transaction, step.Alarm!.Value, recording, cancellationToken);
                break;
            case AlarmChange.Cleared:
                var closing = new AlarmClosing(AlarmEnds.Quiet, recording.RecordedAt, recording.RecordingId);
                await AlarmStore.Close(connection, transaction, step.Alarm!.Value, features.Device, closing, cancellationToken);
                break;
        }

        await AlarmStore.Remember(connection, transaction, features.Device, step.State, cancellationToken);
    }
}
