using Dapper;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Platform.Hosting;

/// <summary>Ready means: a connection can be had and answers a query.</summary>
internal sealed class DatabaseHealthCheck(NpgsqlDataSource dataSource) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        const string sql = "SELECT 1 FROM schema_migration LIMIT 1";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteScalarAsync<int?>(new CommandDefinition(sql, cancellationToken: cancellationToken));
        return HealthCheckResult.Healthy();
    }
}
