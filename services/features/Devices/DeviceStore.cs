using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Features.Devices;

/// <summary>The copy of the devices that recordings are extracted for.</summary>
internal sealed class DeviceStore(NpgsqlDataSource dataSource)
{
    /// <summary>False when a higher revision is known already.</summary>
    public async Task<bool> Keep(DeviceChanged device, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO device (device, site, machine_type, time_zone, feature_spec, revision)
            VALUES (@Device, @Site, @MachineType, @TimeZone, @FeatureSpec, @Revision)
            ON CONFLICT (device) DO UPDATE
            SET site = excluded.site, machine_type = excluded.machine_type, time_zone = excluded.time_zone,
                feature_spec = excluded.feature_spec, spec_changed = device.spec_changed OR device.feature_spec <> excluded.feature_spec,
                revision = excluded.revision, changes = device.changes + 1
            WHERE device.revision <= excluded.revision
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, device, cancellationToken: cancellationToken)) == 1;
    }

    /// <summary>
    /// Says that what is known of these devices' data changes with this transaction. Devices not known yet are left out: they are
    /// announced when they come.
    /// </summary>
    public static Task MarkChanged(NpgsqlTransaction transaction, string[] devices, CancellationToken cancellationToken)
    {
        // In one order, so that two transactions over the same devices cannot lock each other out.
        const string sql = """
            UPDATE device SET changes = changes + 1
            WHERE device IN (SELECT device FROM device WHERE device = ANY (@devices) ORDER BY device FOR UPDATE)
            """;

        return transaction.Connection!.ExecuteAsync(
            new CommandDefinition(sql, new { devices }, transaction, cancellationToken: cancellationToken));
    }
}
