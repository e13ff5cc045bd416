using Npgsql;
using Xunit;

namespace Platform.Testing;

/// <summary>A fresh database of its own, provisioned as in production: a role and a schema per service. Dropped at the end.</summary>
public sealed class TestDatabase : IAsyncLifetime
{
    // Roles belong to the whole server, so all tests that share it must agree on their password.
    private const string RolePassword = "platform-test";

    // One test process at a time alters the server's roles.
    private const string RoleLock = "SELECT pg_advisory_lock(hashtextextended('platform test roles', 0))";

    public string Name { get; } = $"test_{Guid.NewGuid():N}";

    public async ValueTask InitializeAsync()
    {
        await Execute(TestServers.Postgres, $"CREATE DATABASE \"{Name}\" TEMPLATE template0");

        await using var server = new NpgsqlConnection(WithoutPooling(TestServers.Postgres));
        await server.OpenAsync();
        await using (var locking = new NpgsqlCommand(RoleLock, server))
            await locking.ExecuteNonQueryAsync(); // held until this connection closes

        using var script = new StreamReader(typeof(TestDatabase).Assembly.GetManifestResourceStream("provision.sql")!);
        await Execute(AdminConnectionString, $"SET platform.password = '{RolePassword}'; {await script.ReadToEndAsync()}");
    }

    /// <summary>As a service's own role, e.g. <c>ingest</c>.</summary>
    public string ConnectionString(string role) => new NpgsqlConnectionStringBuilder(TestServers.Postgres)
    {
        Database = Name,
        Username = role,
        Password = RolePassword,
    }.ConnectionString;

    /// <summary>As the superuser, in this database.</summary>
    public string AdminConnectionString => new NpgsqlConnectionStringBuilder(WithoutPooling(TestServers.Postgres)) { Database = Name }.ConnectionString;

    /// <summary>Keeps a copy of the database as a backup would; nobody else may be connected.</summary>
    public Task SaveCopy() => Copy(Name, Saved);

    /// <summary>Replaces the database by the copy that was kept.</summary>
    public Task RestoreCopy() => Copy(Saved, Name);

    private string Saved => $"{Name}_saved";

    private static async Task Copy(string from, string to)
    {
        NpgsqlConnection.ClearAllPools();
        await Execute(TestServers.Postgres, $"DROP DATABASE IF EXISTS \"{to}\" WITH (FORCE)");
        await Execute(TestServers.Postgres, $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{from}'");
        await Execute(TestServers.Postgres, $"CREATE DATABASE \"{to}\" TEMPLATE \"{from}\"");
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await Execute(TestServers.Postgres, $"DROP DATABASE IF EXISTS \"{Name}\" WITH (FORCE)");
        await Execute(TestServers.Postgres, $"DROP DATABASE IF EXISTS \"{Saved}\" WITH (FORCE)");
    }

    private static async Task Execute(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(WithoutPooling(connectionString));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static string WithoutPooling(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
}
