using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Ingest;

/// <remarks>
/// Lock order of all that decides about specs: first the table <c>machine_type</c> (shared by writers of devices, exclusive for a writer of
/// machine types), then rows of devices. So a device never gets a spec that its machine type has just lost.
/// </remarks>
internal sealed class DeviceStore(NpgsqlDataSource dataSource, IOutbox outbox, TimeProvider time)
{
    public async Task<Device?> Find(string code, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await Find(connection, null, code, cancellationToken);
    }

    public async Task<IReadOnlyList<Device>> All(CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT code, site, machine_type, time_zone, own_spec, feature_spec, feature_spec_from, revision, changed_at
            FROM device_shown ORDER BY code
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<Device>(new CommandDefinition(sql, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>Creates or changes a device and announces it; what changes nothing announces nothing.</summary>
    public async Task<(Device Device, bool Created)> Save(string code, DeviceSettings settings, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var created = await CreateIfAbsent(transaction, code, settings, cancellationToken);
        var changed = !created && await Change(transaction, code, settings, cancellationToken);
        var device = (await Find(connection, transaction, code, cancellationToken))!;
        if (changed)
            await Announce(transaction, device, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (device, created);
    }

    /// <summary>Creates and announces the device in the caller's transaction, whose first lock this takes; false when it is there already.</summary>
    public async Task<bool> CreateIfAbsent(
        NpgsqlTransaction transaction, string code, DeviceSettings settings, CancellationToken cancellationToken)
    {
        const string lockSql = "LOCK TABLE machine_type IN SHARE MODE";
        const string sql = """
            INSERT INTO device (code, site, machine_type, time_zone, own_spec, feature_spec, revision, changed_at)
            VALUES (@code, @site, @machineType, @timeZone, @ownSpec,
                    coalesce(@ownSpec, (SELECT feature_spec FROM machine_type WHERE machine_type = @machineType), @defaultSpec), 1, @now)
            ON CONFLICT (code) DO NOTHING
            """;

        var connection = transaction.Connection!;
        var parameters = new
        {
            code,
            site = settings.Site ?? Device.DefaultSite,
            machineType = settings.MachineType ?? Device.DefaultMachineType,
            timeZone = settings.TimeZone ?? Device.DefaultTimeZone,
            ownSpec = settings.FeatureSpec is { Length: > 0 } own ? own : null,
            defaultSpec = Device.DefaultFeatureSpec,
            now = time.GetUtcNow().UtcDateTime,
        };
        await connection.ExecuteAsync(new CommandDefinition(lockSql, null, transaction, cancellationToken: cancellationToken));
        if (await connection.ExecuteAsync(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken)) == 0)
            return false;

        await Announce(transaction, (await Find(connection, transaction, code, cancellationToken))!, cancellationToken);
        return true;
    }

    /// <summary>Announces a device as it stands in the caller's transaction.</summary>
    public Task Announce(NpgsqlTransaction transaction, Device device, CancellationToken cancellationToken) => outbox.Enqueue(
        transaction.Connection!,
        transaction,
        new DeviceChanged(
            device.Code, device.Site, device.MachineType, device.TimeZone, device.FeatureSpec, device.Revision, device.ChangedAt),
        cancellationToken);

    private async Task<bool> Change(NpgsqlTransaction transaction, string code, DeviceSettings settings, CancellationToken cancellationToken)
    {
        // The new values stand in the FROM clause, so that each is written down once; the row is locked before they are made of it.
        const string sql = """
            WITH old AS (SELECT * FROM device WHERE code = @code FOR UPDATE),
            given AS (
                SELECT coalesce(@Site, site) AS site,
                       coalesce(@MachineType, machine_type) AS machine_type,
                       coalesce(@TimeZone, time_zone) AS time_zone,
                       CASE WHEN @FeatureSpec IS NULL THEN own_spec ELSE nullif(@FeatureSpec, '') END AS own_spec
                FROM old),
            new AS (
                SELECT given.*, coalesce(given.own_spec, machine_type.feature_spec, @defaultSpec) AS feature_spec
                FROM given LEFT JOIN machine_type USING (machine_type))
            UPDATE device
            SET site = new.site, machine_type = new.machine_type, time_zone = new.time_zone,
                own_spec = new.own_spec, feature_spec = new.feature_spec, revision = device.revision + 1, changed_at = @now
            FROM new
            WHERE device.code = @code
              AND (device.site, device.machine_type, device.time_zone, device.own_spec, device.feature_spec) IS DISTINCT FROM
                  (new.site, new.machine_type, new.time_zone, new.own_spec, new.feature_spec)
            """;

        var parameters = new
        {
            code,
            settings.Site,
            settings.MachineType,
            settings.TimeZone,
            settings.FeatureSpec,
            defaultSpec = Device.DefaultFeatureSpec,
            now = time.GetUtcNow().UtcDateTime,
        };
        return await transaction.Connection!.ExecuteAsync(
            new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken)) == 1;
    }

    private static Task<Device?> Find(NpgsqlConnection connection, NpgsqlTransaction? transaction, string code, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT code, site, machine_type, time_zone, own_spec, feature_spec, feature_spec_from, revision, changed_at
            FROM device_shown WHERE code = @code
            """;

        return connection.QuerySingleOrDefaultAsync<Device?>(
            new CommandDefinition(sql, new { code }, transaction, cancellationToken: cancellationToken));
    }
}
