using Dapper;
using Npgsql;

namespace Platform.Registry.Schedules;

/// <summary>What schedules have to know of all devices at once.</summary>
internal sealed class TrainingDataStore(NpgsqlDataSource dataSource)
{
    public async Task<IReadOnlyDictionary<string, DataOfModel>> Counts(CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT device, pending + trained AS usable, pending, CASE WHEN retrain_needed THEN reason END AS reason FROM device_data
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(string Device, int Usable, int Pending, string? Reason)>(
            new CommandDefinition(sql, cancellationToken: cancellationToken));
        return rows.ToDictionary(
            row => row.Device,
            row => new DataOfModel(row.Usable, row.Pending, row.Reason is null ? DataOfModel.None.Reasons : new HashSet<string> { row.Reason }));
    }

    public async Task<DeployedModels> Deployed(CancellationToken cancellationToken)
    {
        const string modelsSql = "SELECT model_id FROM alias WHERE name = 'champion'";
        const string coveredSql = """
            SELECT DISTINCT unnest(deployment.devices)
            FROM model
            JOIN alias USING (model_id)
            JOIN deployment USING (model_id, deployment)
            WHERE model.mode <> 'device' AND alias.name = 'champion'
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var models = await connection.QueryAsync<string>(new CommandDefinition(modelsSql, cancellationToken: cancellationToken));
        var covered = await connection.QueryAsync<string>(new CommandDefinition(coveredSql, cancellationToken: cancellationToken));
        return new(models.ToHashSet(StringComparer.Ordinal), covered.ToHashSet(StringComparer.Ordinal));
    }
}
