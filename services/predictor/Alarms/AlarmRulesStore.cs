using Dapper;
using Npgsql;

namespace Platform.Predictor.Alarms;

/// <summary>Rules that somebody gave a device of its own.</summary>
internal sealed class AlarmRulesStore(NpgsqlDataSource dataSource, TimeProvider clock)
{
    /// <summary>Null when the device has none.</summary>
    internal async Task<StoredRules?> Find(string device, CancellationToken cancellationToken)
    {
        const string sql = "SELECT open_after, of_last, clear_after, clear_below, set_by, set_at FROM alarm_rules WHERE device = @device";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<StoredRules>(
            new CommandDefinition(sql, new { device }, cancellationToken: cancellationToken));
    }

    internal async Task Keep(string device, OwnRules rules, string? by, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO alarm_rules (device, open_after, of_last, clear_after, clear_below, set_by, set_at)
            VALUES (@device, @OpenAfter, @OfLast, @ClearAfter, @ClearBelow, @by, @now)
            ON CONFLICT (device) DO UPDATE
            SET open_after = excluded.open_after, of_last = excluded.of_last, clear_after = excluded.clear_after,
                clear_below = excluded.clear_below, set_by = excluded.set_by, set_at = excluded.set_at
            """;

        var row = new { device, rules.OpenAfter, rules.OfLast, rules.ClearAfter, rules.ClearBelow, by, now = clock.GetUtcNow().UtcDateTime };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, row, cancellationToken: cancellationToken));
    }

    internal async Task Forget(string device, CancellationToken cancellationToken)
    {
        const string sql = "DELETE FROM alarm_rules WHERE device = @device";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, new { device }, cancellationToken: cancellationToken));
    }
}

internal sealed record StoredRules(int? OpenAfter, int? OfLast, int? ClearAfter, double? ClearBelow, string? SetBy, DateTime SetAt)
{
    internal OwnRules Own => new(OpenAfter, OfLast, ClearAfter, ClearBelow);
}
