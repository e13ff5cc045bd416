using Dapper;
using Npgsql;

namespace Platform.Registry.Policies;

internal sealed class PolicyStore(NpgsqlDataSource dataSource)
{
    /// <summary>Those of the given policies that exist.</summary>
    public async Task<IReadOnlyList<Policy>> Find(IReadOnlyList<PolicyKey> keys, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT level, name, parameters, revision, changed_at, changed_by
            FROM policy
            JOIN unnest(@levels, @names) AS wanted (level, name) USING (level, name)
            """;

        var values = new { levels = keys.Select(key => key.Level).ToArray(), names = keys.Select(key => key.Name).ToArray() };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Policy>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>All policies, the plant's first.</summary>
    public async Task<IReadOnlyList<Policy>> All(CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT level, name, parameters, revision, changed_at, changed_by
            FROM policy
            ORDER BY array_position(ARRAY['plant', 'site', 'machine_type', 'device'], level), name COLLATE "C"
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Policy>(new CommandDefinition(sql, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<PolicyEdit>> History(PolicyKey key, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT revision, at, actor, reason, before, after
            FROM policy_history
            WHERE level = @Level AND name = @Name
            ORDER BY revision DESC
            LIMIT @limit
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<PolicyEdit>(
            new CommandDefinition(sql, new { key.Level, key.Name, limit }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>Only one edit of a policy at a time, also while there is no row yet that could be locked.</summary>
    public static Task Lock(NpgsqlConnection connection, NpgsqlTransaction transaction, PolicyKey key, CancellationToken cancellationToken)
    {
        const string sql = "SELECT pg_advisory_xact_lock(hashtextextended('policy of ' || @Level || ' ' || @Name, 0))";

        return connection.ExecuteAsync(new CommandDefinition(sql, new { key.Level, key.Name }, transaction, cancellationToken: cancellationToken));
    }

    public static Task<Policy?> Find(
        NpgsqlConnection connection, NpgsqlTransaction transaction, PolicyKey key, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT level, name, parameters, revision, changed_at, changed_by FROM policy WHERE level = @Level AND name = @Name
            """;

        return connection.QuerySingleOrDefaultAsync<Policy>(
            new CommandDefinition(sql, new { key.Level, key.Name }, transaction, cancellationToken: cancellationToken));
    }

    /// <returns>The edit's number.</returns>
    public static Task<long> AddEdit(
        NpgsqlConnection connection, NpgsqlTransaction transaction, PolicyKey key, PolicyEdit edit, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO policy_history (level, name, at, actor, reason, before, after)
            VALUES (@Level, @Name, @At, @Actor, @Reason, @Before::jsonb, @After::jsonb)
            RETURNING revision
            """;

        var values = new { key.Level, key.Name, edit.At, edit.Actor, edit.Reason, edit.Before, edit.After };
        return connection.QuerySingleAsync<long>(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }

    public static Task Save(NpgsqlConnection connection, NpgsqlTransaction transaction, Policy policy, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO policy (level, name, parameters, revision, changed_at, changed_by)
            VALUES (@Level, @Name, @Parameters::jsonb, @Revision, @ChangedAt, @ChangedBy)
            ON CONFLICT (level, name) DO UPDATE
            SET parameters = excluded.parameters, revision = excluded.revision, changed_at = excluded.changed_at, changed_by = excluded.changed_by
            """;

        var values = new { policy.Level, policy.Name, policy.Parameters, policy.Revision, policy.ChangedAt, policy.ChangedBy };
        return connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
    }

    public static Task Delete(NpgsqlConnection connection, NpgsqlTransaction transaction, PolicyKey key, CancellationToken cancellationToken)
    {
        const string sql = "DELETE FROM policy WHERE level = @Level AND name = @Name";

        return connection.ExecuteAsync(new CommandDefinition(sql, new { key.Level, key.Name }, transaction, cancellationToken: cancellationToken));
    }
}
