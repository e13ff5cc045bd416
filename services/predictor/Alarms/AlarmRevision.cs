using Npgsql;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Alarms;

/// <summary>
/// Writes what follows from a recording that came after ones that were made later: their rows and alarms are as if all had come in order. What
/// has become different is announced through the outbox.
/// </summary>
internal sealed class AlarmRevision(IOutbox outbox)
{
    /// <summary>Writes the score as well; the caller holds the device's lock.</summary>
    internal async Task Record(
        NpgsqlConnection connection, NpgsqlTransaction transaction, ScoredRecording scored, CourseStep step, CancellationToken cancellationToken)
    {
        var known = await Rows(connection, transaction, scored, step, cancellationToken);
        if (step.Withdrawn is { } withdrawn)
            await Withdraw(connection, transaction, withdrawn, scored, cancellationToken);
        // In their order: one that ended makes room for the next, of which only one may be open.
        foreach (var alarm in step.Alarms!)
        {
            if (alarm.Opening is { } opening && step.Before.All(one => one.Alarm != alarm.Id))
                await AlarmStore.Open(connection, transaction, alarm.Id, alarm.Evidence, AlarmedRecording.Of(known[opening.Recording.RecordingId]), cancellationToken);
            if (alarm.Closing is { } closing)
            {
                await AlarmStore.Close(
                    connection, transaction, alarm.Id, scored.Features.Device,
                    new(AlarmEnds.Quiet, closing.RecordedAt.UtcDateTime, closing.Recording.RecordingId), cancellationToken);
            }
        }

        await ScoreStore.Add(connection, transaction, scored, cancellationToken);
        foreach (var one in step.Revised)
            await Revise(connection, transaction, known[one.Recording.RecordingId], cancellationToken);
        foreach (var alarm in step.Alarms)
        {
            var opener = alarm.Opening is { } opening ? AlarmedRecording.Of(known[opening.Recording.RecordingId]) : null;
            var continued = alarm.Continued - (opener is null ? step.Before.Count(one => one.Change == AlarmChange.Continued) : 0);
            await AlarmStore.Restate(connection, transaction, alarm, opener, continued, cancellationToken);
            await AlarmReview.Count(connection, transaction, alarm.Id, cancellationToken);
        }
    }

    /// <summary>The recordings that have to be written or named, as they are now.</summary>
    private static async Task<Dictionary<Guid, ScoredRecording>> Rows(
        NpgsqlConnection connection, NpgsqlTransaction transaction, ScoredRecording scored, CourseStep step, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<Guid, ScoredRecording> { [scored.Features.RecordingId] = scored };
        foreach (var one in step.Revised.Concat(step.Alarms!.Select(alarm => alarm.Opening).OfType<Decided>()))
        {
            var id = one.Recording.RecordingId;
            if (rows.ContainsKey(id))
                continue;
            var row = await ScoreStore.Find(connection, transaction, id, cancellationToken)
                ?? throw new InvalidOperationException($"Recording {id} of {scored.Features.Device} was decided and has no score.");
            rows[id] = row with { AlarmChange = one.Change, AlarmId = one.Alarm };
        }

        return rows;
    }

    private async Task Revise(NpgsqlConnection connection, NpgsqlTransaction transaction, ScoredRecording revised, CancellationToken cancellationToken)
    {
        await ScoreStore.Revise(connection, transaction, revised, cancellationToken);
        foreach (var message in revised.Announcements())
        {
            if (message is AnomalyDetected detected)
                await outbox.Enqueue(connection, transaction, detected, cancellationToken);
            else if (message is AnomalyCleared cleared)
                await outbox.Enqueue(connection, transaction, cleared, cancellationToken);
        }
    }

    private async Task Withdraw(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Guid alarm, ScoredRecording scored, CancellationToken cancellationToken)
    {
        var (recording, device) = (scored.Features.RecordingId, scored.Features.Device);
        var closing = new AlarmClosing(AlarmEnds.Withdrawn, scored.ScoredAt.UtcDateTime, recording);
        var closed = await AlarmStore.Close(connection, transaction, alarm, device, closing, cancellationToken);
        var cleared = new AnomalyCleared(alarm, recording, device, closed.ModelId, closed.Version, scored.ScoredAt, AlarmEnds.Withdrawn);
        await outbox.Enqueue(connection, transaction, cleared, cancellationToken);
    }
}
