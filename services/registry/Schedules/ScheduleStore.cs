using Dapper;
using Npgsql;

namespace Platform.Registry.Schedules;

internal sealed class ScheduleStore(NpgsqlDataSource dataSource)
{
    public async Task<IReadOnlyList<Schedule>> All(CancellationToken cancellationToken)
    {
        const string sql = """SELECT name, definition, revision, changed_at, changed_by FROM schedule ORDER BY name COLLATE "C" """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Schedule>(new CommandDefinition(sql, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    public async Task<Schedule?> Find(string name, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await Find(connection, null, name, cancellationToken);
    }

    public static Task<Schedule?> Find(NpgsqlConnection connection, NpgsqlTransaction? transaction, string name, CancellationToken cancellationToken)
    {
        const string sql = "SELECT name, definition, revision, changed_at, changed_by FROM schedule WHERE name = @name";

        return connection.QuerySingleOrDefaultAsync<Schedule>(new CommandDefinition(sql, new { name }, transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<ScheduleEdit>> History(string name, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT revision, at, actor, reason, before, after FROM schedule_history WHERE name = @name ORDER BY revision DESC LIMIT @limit
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<ScheduleEdit>(new CommandDefinition(sql, new { name, limit }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>Only one edit of a schedule at a time, also while there is no row yet that could be locked.</summary>
    public static Task Lock(NpgsqlConnection connection, NpgsqlTransaction transaction, string name, CancellationToken cancellationToken)
    {
        const string sql = "SELECT pg_advisory_xact_lock(hashtextextended('schedule ' || @name, 0))";

        return connection.ExecuteAsync(new CommandDefinition(sql, new { name }, transaction, cancellationToken: cancellationToken));
    }

    /// <returns>The edit's number.</returns>
    public static Task<long> AddEdit(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string name, ScheduleEdit edit, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO schedule_history (name, at, actor, reason, before, after)
            VALUES (@name, @At, @Actor, @Reason, @Before::jsonb, @After::jsonb)
            RETURNING revision
            """;

        var values = new { name, edit.At, edit.Actor, edit.Reason, edit.Before, edit.After };
        return connection.QuerySingleAsync<long>(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }

    public static Task Save(NpgsqlConnection connection, NpgsqlTransaction transaction, Schedule schedule, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO schedule (name, definition, revision, changed_at, changed_by)
            VALUES (@Name, @Definition::jsonb, @Revision, @ChangedAt, @ChangedBy)
            ON CONFLICT (name) DO UPDATE
            SET definition = excluded.definition, revision = excluded.revision, changed_at = excluded.changed_at, changed_by = excluded.changed_by
            """;

        var values = new { schedule.Name, schedule.Definition, schedule.Revision, schedule.ChangedAt, schedule.ChangedBy };
        return connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }

    public static Task Delete(NpgsqlConnection connection, NpgsqlTransaction transaction, string name, CancellationToken cancellationToken)
    {
        const string sql = "DELETE FROM schedule WHERE name = @name";

        return connection.ExecuteAsync(new CommandDefinition(sql, new { name }, transaction, cancellationToken: cancellationToken));
    }
}
