using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Registry.Scopes;

namespace Platform.Registry.Devices;

/// <summary>The registry's own copy of the devices and of their data counts.</summary>
internal sealed class DeviceStore(NpgsqlDataSource dataSource)
{
    public async Task Keep(DeviceChanged device, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO device (device, site, machine_type, time_zone, feature_spec, revision, changed_at)
            VALUES (@Device, @Site, @MachineType, @TimeZone, @FeatureSpec, @Revision, @changedAt)
            ON CONFLICT (device) DO UPDATE
            SET site = excluded.site, machine_type = excluded.machine_type, time_zone = excluded.time_zone,
                feature_spec = excluded.feature_spec, revision = excluded.revision, changed_at = excluded.changed_at
            WHERE device.revision < excluded.revision
            """;

        var values = new
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
        await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
    }

    public async Task Keep(DeviceDataChanged data, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO device_data (device, recordings, extracted, pending, trained, failed, retrain_needed, reason, revision, changed_at)
            VALUES (@Device, @Recordings, @Extracted, @Pending, @Trained, @Failed, @RetrainNeeded, @Reason, @Revision, @changedAt)
            ON CONFLICT (device) DO UPDATE
            SET recordings = excluded.recordings, extracted = excluded.extracted, pending = excluded.pending, trained = excluded.trained,
                failed = excluded.failed, retrain_needed = excluded.retrain_needed, reason = excluded.reason,
                revision = excluded.revision, changed_at = excluded.changed_at
            WHERE device_data.revision < excluded.revision
            """;

        var values = new
        {
            data.Device,
            data.Recordings,
            data.Extracted,
            data.Pending,
            data.Trained,
            data.Failed,
            data.RetrainNeeded,
            data.Reason,
            data.Revision,
            changedAt = data.ChangedAt.UtcDateTime,
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
    }

    /// <summary>Every device, as far as scopes are concerned.</summary>
    public async Task<IReadOnlyList<KnownDevice>> Known(CancellationToken cancellationToken)
    {
        const string sql = "SELECT device, site, machine_type FROM device ORDER BY device";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<KnownDevice>(new CommandDefinition(sql, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>The devices that a selection may be about; those that it names wrongly are missing.</summary>
    public async Task<IReadOnlyList<KnownDevice>> Concerning(ScopeSelection selection, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT device, site, machine_type
            FROM device
            WHERE (@devices::text[] IS NULL OR device = ANY (@devices)) AND (@sites::text[] IS NULL OR site = ANY (@sites))
                AND (@machineType::text IS NULL OR machine_type = @machineType)
            ORDER BY device
            """;

        var named = selection.Device is { } one ? [one, .. selection.Devices ?? []] : selection.Devices?.ToArray();
        var sites = selection.Site is { } site ? [site, .. selection.Sites ?? []] : selection.Sites?.ToArray();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<KnownDevice>(new CommandDefinition(
            sql, new { devices = named, sites, machineType = selection.MachineType }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>Those of the given devices that are known.</summary>
    public async Task<IReadOnlyList<KnownDevice>> Known(IEnumerable<string> codes, CancellationToken cancellationToken)
    {
        const string sql = "SELECT device, site, machine_type FROM device WHERE device = ANY (@codes) ORDER BY device";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<KnownDevice>(
            new CommandDefinition(sql, new { codes = codes.ToArray() }, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>Whether there is such a device, or one of that machine type or at that site.</summary>
    public async Task<bool> IsKnown(string level, string code, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT EXISTS (
                SELECT FROM device
                WHERE CASE @level WHEN 'device' THEN device WHEN 'machine_type' THEN machine_type WHEN 'site' THEN site END = @code)
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<bool>(new CommandDefinition(sql, new { level, code }, cancellationToken: cancellationToken));
    }

    public async Task<IReadOnlyList<DeviceOverview>> Overview(CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT device.device, site, machine_type, time_zone, feature_spec,
                   coalesce(recordings, 0) AS recordings, coalesce(extracted, 0) AS extracted, coalesce(pending, 0) AS pending,
                   coalesce(trained, 0) AS trained, coalesce(failed, 0) AS failed,
                   coalesce(retrain_needed, false) AS retrain_needed, device_data.reason AS retrain_reason,
                   coalesce(open_alarms, 0) AS open_alarms, coalesce(alarms, 0) AS alarms, coalesce(anomalous, 0) AS anomalous_recordings
            FROM device
            LEFT JOIN device_data USING (device)
            LEFT JOIN (
                SELECT alarm.device, count(DISTINCT alarm_id) FILTER (WHERE cleared_at IS NULL) AS open_alarms,
                       count(DISTINCT alarm_id) AS alarms, count(recording_id) AS anomalous
                FROM alarm LEFT JOIN alarm_recording USING (alarm_id)
                GROUP BY alarm.device) AS counted USING (device)
            ORDER BY device.device COLLATE "C"
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<DeviceOverview>(new CommandDefinition(sql, cancellationToken: cancellationToken));
        return rows.AsList();
    }
}

/// <summary>One line of the plant's overview.</summary>
internal sealed record DeviceOverview(
    string Device,
    string Site,
    string MachineType,
    string TimeZone,
    string FeatureSpec,
    int Recordings,
    int Extracted,
    int Pending,
    int Trained,
    int Failed,
    bool RetrainNeeded,
    string? RetrainReason,
    long OpenAlarms,
    long Alarms,
    long AnomalousRecordings);
