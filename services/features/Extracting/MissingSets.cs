using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Features.Extracting;

/// <summary>Recordings that have neither a feature set nor a failure under their device's current spec.</summary>
internal sealed class MissingSets(NpgsqlDataSource dataSource, IOutbox outbox)
{
    /// <summary>The oldest of them, at most <paramref name="count"/>.</summary>
    public async Task<IReadOnlyList<Guid>> Of(string device, int count, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT recording_id FROM recording_state
            WHERE device = @device AND NOT extracted AND NOT failed
            ORDER BY recorded_at, recording_id
            LIMIT @count
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var ids = await connection.QueryAsync<Guid>(new CommandDefinition(sql, new { device, count }, cancellationToken: cancellationToken));
        return ids.AsList();
    }

    /// <summary>A spec that devices named before it was there is there now: their recordings are extracted after all.</summary>
    public async Task ForgetUnknownSpec(string spec, CancellationToken cancellationToken)
    {
        const string forgetSql = "DELETE FROM extraction_failure WHERE feature_spec = @spec AND reason = @reason";
        const string devicesSql = "SELECT device FROM device WHERE feature_spec = @spec";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var values = new { spec, reason = ExtractionFailures.UnknownSpec };
        if (await connection.ExecuteAsync(new CommandDefinition(forgetSql, values, transaction, cancellationToken: cancellationToken)) == 0)
            return;

        var devices = await connection.QueryAsync<string>(
            new CommandDefinition(devicesSql, values, transaction, cancellationToken: cancellationToken));
        foreach (var device in devices)
            await outbox.Enqueue(connection, transaction, new ExtractMissing(device), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
