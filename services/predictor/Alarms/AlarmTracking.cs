using Npgsql;
using Platform.Contracts;
using Platform.Predictor.Labelling;
using Platform.Predictor.Scoring;
using Platform.Predictor.Trends;

namespace Platform.Predictor.Alarms;

/// <summary>What a recording's score does to its device: to the alarm, and to the trend. Everything in the transaction of the score.</summary>
internal sealed class AlarmTracking(AlarmOptions options, TrendTracking trends, AlarmRevision revision, TimeProvider clock)
{
    /// <summary>Writes the score and returns it with what the recording did to the alarm; the caller holds the device's lock.</summary>
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
        var step = CourseTransition.Next(
            rules, alarm.Course, observation, judged.ScoredAt, options.Settling, () => Guid.CreateVersion7(clock.GetUtcNow()));
        var scored = judged with { AlarmChange = step.Own.Change, AlarmId = step.Own.Alarm };
        if (step.Alarms is null)
            await Record(connection, transaction, scored, step.Own, label is not null, cancellationToken);
        else
            await revision.Record(connection, transaction, scored, step, cancellationToken);
        if (step.Own.Change != AlarmChange.Late)
            await AlarmStore.Remember(connection, transaction, features.Device, step.Course, cancellationToken);
        if (features.RecordedAt < alarm.Course.Now.LastRecordedAt)
            await DayStore.Forget(connection, transaction, features.Device, features.RecordedAt, cancellationToken);
        await trends.Add(connection, transaction, trend, scored, step.Own, mayOpen, cancellationToken);
        return scored;
    }

    private static async Task Record(
        NpgsqlConnection connection, NpgsqlTransaction transaction, ScoredRecording scored, AlarmStep step, bool labelled,
        CancellationToken cancellationToken)
    {
        var recording = AlarmedRecording.Of(scored);
        switch (step.Change)
        {
            case AlarmChange.Opened:
                await AlarmStore.Open(connection, transaction, step.Alarm!.Value, step.Evidence, recording, cancellationToken);
                break;
            case AlarmChange.Continued:
                await AlarmStore.Continue(connection, transaction, step.Alarm!.Value, recording, cancellationToken);
                break;
            case AlarmChange.Cleared:
                var closing = new AlarmClosing(AlarmEnds.Quiet, recording.RecordedAt, recording.RecordingId);
                await AlarmStore.Close(connection, transaction, step.Alarm!.Value, recording.Device, closing, cancellationToken);
                break;
        }

        await ScoreStore.Add(connection, transaction, scored, cancellationToken);
        // Labels that came before the score count for the alarm as well.
        if (step.Change is AlarmChange.Opened || (step.Change is AlarmChange.Continued && labelled))
            await AlarmReview.Count(connection, transaction, step.Alarm!.Value, cancellationToken);
    }
}
