using Npgsql;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Predictor.Alarms;

/// <summary>A person closes an alarm. The machine may open another one, with as many new recordings as the first one took.</summary>
internal sealed class CloseAlarm(NpgsqlDataSource dataSource, IOutbox outbox, TimeProvider clock)
{
    /// <summary>False when it is closed already.</summary>
    internal async Task<bool> Run(Alarm alarm, string by, string? note, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (course, _) = await AlarmStore.Lock(connection, transaction, alarm.Device, cancellationToken);
        if (course.Now.OpenAlarm != alarm.Id)
            return false;

        var now = clock.GetUtcNow();
        var closing = new AlarmClosing(AlarmEnds.Person, now.UtcDateTime, RecordingId: null, by, note);
        var closed = await AlarmStore.Close(connection, transaction, alarm.Id, alarm.Device, closing, cancellationToken);
        await AlarmStore.Remember(connection, transaction, alarm.Device, course.Closed(), cancellationToken);
        var cleared = new AnomalyCleared(
            alarm.Id, closed.LastRecordingId, alarm.Device, closed.ModelId, closed.Version, now, AlarmEnds.Person, by);
        await outbox.Enqueue(connection, transaction, cleared, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}
