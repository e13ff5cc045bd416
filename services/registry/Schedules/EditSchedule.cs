using Npgsql;
using Platform.Registry.Policies;

namespace Platform.Registry.Schedules;

/// <summary>Edits one schedule: its row and the line in its history stand together, and of two edits at once the second sees the first.</summary>
internal sealed class EditSchedule(NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <param name="wanted">Already checked; null deletes.</param>
    public async Task<EditOutcome<Schedule>> Edit(
        string name, Editor editor, ScheduleDefinition? wanted, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        await ScheduleStore.Lock(connection, transaction, name, cancellationToken);
        var before = await ScheduleStore.Find(connection, transaction, name, cancellationToken);
        if (!editor.Seen.Allows(before?.Revision ?? 0))
            return new EditOutcome<Schedule>.Changed(before?.Revision ?? 0);
        if (wanted is null && before is null)
            return new EditOutcome<Schedule>.Unknown($"There is no schedule '{name}'.");

        var now = time.GetUtcNow().UtcDateTime;
        var edit = new ScheduleEdit(0, now, editor.Actor, editor.Reason, before?.Definition, wanted);
        var revision = await ScheduleStore.AddEdit(connection, transaction, name, edit, cancellationToken);
        var schedule = wanted is null ? null : new Schedule(name, wanted, revision, now, editor.Actor);
        if (schedule is null)
            await ScheduleStore.Delete(connection, transaction, name, cancellationToken);
        else
            await ScheduleStore.Save(connection, transaction, schedule, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new EditOutcome<Schedule>.Done(schedule, Created: before is null);
    }
}
