using Dapper;
using Npgsql;
using Platform.Hosting;

namespace Platform.Ingest;

internal sealed class MachineTypeStore(NpgsqlDataSource dataSource, DeviceStore devices, TimeProvider time)
{
    /// <summary>All types that a device has or that a spec was given to.</summary>
    public async Task<IReadOnlyList<MachineType>> All(CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT machine_type AS name, machine_type.feature_spec,
                   coalesce(counted.devices, 0) AS devices, coalesce(counted.with_own_spec, 0) AS with_own_spec
            FROM machine_type
            FULL JOIN (
                SELECT machine_type, count(*)::int AS devices, count(own_spec)::int AS with_own_spec
                FROM device GROUP BY machine_type) AS counted USING (machine_type)
            WHERE machine_type.feature_spec IS NOT NULL OR counted.devices > 0
            ORDER BY machine_type COLLATE "C"
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<MachineType>(new CommandDefinition(sql, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>
    /// Gives a machine type a spec, or takes it away with null, and announces each device that has another spec by that. Waits for writers
    /// of devices and keeps later ones waiting (see the lock order of <see cref="DeviceStore"/>).
    /// </summary>
    public async Task<MachineType> Assign(string machineType, string? featureSpec, CancellationToken cancellationToken)
    {
        const string typeSql = """
            INSERT INTO machine_type (machine_type, feature_spec, changed_at) VALUES (@machineType, @featureSpec, @now)
            ON CONFLICT (machine_type) DO UPDATE SET feature_spec = excluded.feature_spec, changed_at = excluded.changed_at
            """;
        const string devicesSql = """
            UPDATE device SET feature_spec = @effective, revision = revision + 1, changed_at = @now
            WHERE machine_type = @machineType AND own_spec IS NULL AND feature_spec <> @effective
            RETURNING code, site, machine_type, time_zone, own_spec, feature_spec, @source AS feature_spec_from, revision, changed_at
            """;
        const string countSql = """
            SELECT @machineType AS name, @featureSpec AS feature_spec, count(*)::int AS devices, count(own_spec)::int AS with_own_spec
            FROM device WHERE machine_type = @machineType
            """;

        var parameters = new
        {
            machineType,
            featureSpec,
            effective = featureSpec ?? Device.DefaultFeatureSpec,
            source = featureSpec is null ? SpecSources.Default : SpecSources.MachineType,
            now = time.GetUtcNow().UtcDateTime,
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(typeSql, parameters, transaction, cancellationToken: cancellationToken));
        var changed = await connection.QueryAsync<Device>(
            new CommandDefinition(devicesSql, parameters, transaction, cancellationToken: cancellationToken));
        foreach (var device in changed)
            await devices.Announce(transaction, device, cancellationToken);

        var assigned = await connection.QuerySingleAsync<MachineType>(
            new CommandDefinition(countSql, parameters, transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return assigned;
    }
}

/// <param name="FeatureSpec">What its devices have that have none of their own; null for the default.</param>
internal sealed record MachineType(string Name, string? FeatureSpec, int Devices, int WithOwnSpec);
