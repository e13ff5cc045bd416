using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Predictor.Devices;

internal sealed class DeviceStore(NpgsqlDataSource dataSource)
{
    /// <summary>Keeps the device unless an equal or higher revision is known. Replicas may race: the statement is guarded.</summary>
    internal async Task Keep(DeviceChanged device, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO device (device, site, machine_type, time_zone, feature_spec, revision, changed_at)
            VALUES (@Device, @Site, @MachineType, @TimeZone, @FeatureSpec, @Revision, @changedAt)
            ON CONFLICT (device) DO UPDATE
            SET site = excluded.site, machine_type = excluded.machine_type, time_zone = excluded.time_zone,
                feature_spec = excluded.feature_spec, revision = excluded.revision, changed_at = excluded.changed_at
            WHERE device.revision < excluded.revision
            """;

        var row = new
        {
            device.Device,
            device.Site,
            device.MachineType,
            device.TimeZone,
            device.FeatureSpec,
            device.Revision,
            changedAt = device.ChangedAt.UtcDateTime,
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, row, cancellationToken: cancellationToken));
    }

    internal async Task<IReadOnlyList<DevicePlace>> Places(CancellationToken cancellationToken)
    {
        const string sql = "SELECT device, site, machine_type, revision FROM device";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<DevicePlace>(new CommandDefinition(sql, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>Devices with a recording from then or later, the latest first.</summary>
    internal async Task<IReadOnlyList<string>> HeardSince(DateTimeOffset since, CancellationToken cancellationToken)
    {
        const string sql = "SELECT device FROM alarm_state WHERE last_recorded_at >= @since ORDER BY last_recorded_at DESC";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<string>(
            new CommandDefinition(sql, new { since = since.UtcDateTime }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    internal async Task<bool> Knows(string device, CancellationToken cancellationToken)
    {
        const string sql = "SELECT EXISTS (SELECT 1 FROM device WHERE device = @device)";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(sql, new { device }, cancellationToken: cancellationToken));
    }
}
