using MassTransit;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Predictor.Alarms;
using Platform.Predictor.Scoring;
using Platform.Predictor.Trends;

namespace Platform.Predictor.Labelling;

/// <summary>
/// Keeps what a person says about a recording and draws the consequences: a false alarm counts for no other alarm, an alarm that consists of
/// false ones ends, and too many of them put their model out of its band. Safe to redeliver: a lower or equal revision changes nothing, and what
/// follows from a label is announced from the transaction that keeps it.
/// </summary>
internal sealed class KeepLabelConsumer(NpgsqlDataSource dataSource, IOutbox outbox, TrendTracking trends, TimeProvider clock)
    : IConsumer<RecordingLabelled>
{
    public async Task Consume(ConsumeContext<RecordingLabelled> context)
    {
        var (labelled, cancelled) = (context.Message, context.CancellationToken);
        await using var connection = await dataSource.OpenConnectionAsync(cancelled);
        await using var transaction = await connection.BeginTransactionAsync(cancelled);
        var (course, _) = await AlarmStore.Lock(connection, transaction, labelled.Device, cancelled);
        if (!await LabelStore.Keep(connection, transaction, labelled, cancelled))
            return;

        course = course.Excuse(labelled.RecordingId, LabelStore.SaysNormal(labelled.Label));
        if (await AlarmReview.AlarmOf(connection, transaction, labelled.Device, labelled.RecordingId, cancelled) is { } alarm
            && await AlarmReview.Count(connection, transaction, alarm, cancelled) && alarm == course.Now.OpenAlarm)
        {
            await CloseFalseAlarm(transaction, alarm, labelled, cancelled);
            course = course.Closed();
        }

        await AlarmStore.Remember(connection, transaction, labelled.Device, course, cancelled);
        if (LabelStore.SaysNormal(labelled.Label)
            && await ScoreStore.Find(connection, transaction, labelled.RecordingId, cancelled) is { Prediction.Verdict: Verdicts.Anomalous } scored)
            await trends.CountFalseAlarms(connection, transaction, scored, cancelled);
        await transaction.CommitAsync(cancelled);
    }

    private async Task CloseFalseAlarm(NpgsqlTransaction transaction, Guid alarm, RecordingLabelled labelled, CancellationToken cancellationToken)
    {
        var (connection, now) = (transaction.Connection!, clock.GetUtcNow());
        var closing = new AlarmClosing(AlarmEnds.Labels, now.UtcDateTime, labelled.RecordingId, labelled.LabelledBy);
        var closed = await AlarmStore.Close(connection, transaction, alarm, labelled.Device, closing, cancellationToken);
        var cleared = new AnomalyCleared(
            alarm, labelled.RecordingId, labelled.Device, closed.ModelId, closed.Version, now, AlarmEnds.Labels, labelled.LabelledBy);
        await outbox.Enqueue(connection, transaction, cleared, cancellationToken);
    }
}
