using System.Data;
using Dapper;
using Npgsql;

namespace Platform.Registry.Retention;

/// <summary>One sweep at a time over all replicas; the database frees it when its holder dies.</summary>
/// <remarks>For economy, not for safety: every step of a sweep is guarded by itself, should the connection be lost in the middle.</remarks>
internal sealed class RetentionLock : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;

    private RetentionLock(NpgsqlConnection connection) => this.connection = connection;

    /// <summary>Null when somebody has it.</summary>
    public static async Task<RetentionLock?> TryTake(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        const string sql = "SELECT pg_try_advisory_lock(hashtextextended('registry retention', 0))";

        var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        try
        {
            if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition(sql, cancellationToken: cancellationToken)))
                return new RetentionLock(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        const string sql = "SELECT pg_advisory_unlock(hashtextextended('registry retention', 0))";

        // Explicitly: the pool resets a session only when it is used again. A lost connection has freed the lock by itself.
        await using (connection)
        {
            if (connection.State == ConnectionState.Open)
                await connection.ExecuteAsync(sql);
        }
    }
}
