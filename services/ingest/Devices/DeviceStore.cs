using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Ingest;

internal sealed class DeviceStore(NpgsqlDataSource dataSource, IOutbox outbox, TimeProvider time)
{
    public async Task<Device?> Find(string code, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT code, site, machine_type, time_zone, feature_spec, revision, changed_at FROM device WHERE code = @code
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Device>(
            new CommandDefinition(sql, new { code }, cancellationToken: cancellationToken));
    }

    public async Task<IReadOnlyList<Device>> All(CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT code, site, machine_type, time_zone, feature_spec, revision, changed_at FROM device ORDER BY code
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<Device>(new CommandDefinition(sql, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>Creates or changes a device and announces it; what changes nothing announces nothing.</summary>
    public async Task<(Device Device, bool Created)> Save(string code, DeviceSettings settings, CancellationToken cancellationToken)
    {
        const string updateSql = """
            UPDATE device
            SET site = coalesce(@Site, site),
                machine_type = coalesce(@MachineType, machine_type),
                time_zone = coalesce(@TimeZone, time_zone),
                feature_spec = coalesce(@FeatureSpec, feature_spec),
                revision = revision + 1,
                changed_at = @now
            WHERE code = @code
              AND (site, machine_type, time_zone, feature_spec) IS DISTINCT FROM
                  (coalesce(@Site, site), coalesce(@MachineType, machine_type),
                   coalesce(@TimeZone, time_zone), coalesce(@FeatureSpec, feature_spec))
            RETURNING code, site, machine_type, time_zone, feature_spec, revision, changed_at
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var created = await CreateIfAbsent(transaction, code, settings, cancellationToken);
        if (created is null)
        {
            var parameters = new
            {
                code,
                settings.Site,
                settings.MachineType,
                settings.TimeZone,
                settings.FeatureSpec,
                now = time.GetUtcNow().UtcDateTime,
            };
            var changed = await connection.QuerySingleOrDefaultAsync<Device>(
                new CommandDefinition(updateSql, parameters, transaction, cancellationToken: cancellationToken));
            if (changed is not null)
                await Announce(transaction, changed, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return (created ?? (await Find(code, cancellationToken))!, created is not null);
    }

    /// <summary>Creates and announces the device in the caller's transaction; null when it is there already.</summary>
    public async Task<Device?> CreateIfAbsent(
        NpgsqlTransaction transaction, string code, DeviceSettings settings, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO device (code, site, machine_type, time_zone, feature_spec, revision, changed_at)
            VALUES (@code, @site, @machineType, @timeZone, @featureSpec, 1, @now)
            ON CONFLICT (code) DO NOTHING
            RETURNING code, site, machine_type, time_zone, feature_spec, revision, changed_at
            """;

        var parameters = new
        {
            code,
            site = settings.Site ?? Device.DefaultSite,
            machineType = settings.MachineType ?? Device.DefaultMachineType,
            timeZone = settings.TimeZone ?? Device.DefaultTimeZone,
            featureSpec = settings.FeatureSpec ?? Device.DefaultFeatureSpec,
            now = time.GetUtcNow().UtcDateTime,
        };
        var created = await transaction.Connection!.QuerySingleOrDefaultAsync<Device>(
            new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken));
        if (created is not null)
            await Announce(transaction, created, cancellationToken);
        return created;
    }

    private Task Announce(NpgsqlTransaction transaction, Device device, CancellationToken cancellationToken) => outbox.Enqueue(
        transaction.Connection!,
        transaction,
        new DeviceChanged(
            device.Code, device.Site, device.MachineType, device.TimeZone, device.FeatureSpec, device.Revision, device.ChangedAt),
        cancellationToken);
}
