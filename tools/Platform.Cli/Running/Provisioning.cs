using Npgsql;
using Platform.Cli.Servers;
using Platform.Cli.State;

namespace Platform.Cli.Running;

/// <summary>Creates the database with a role and a schema per service. Safe to repeat.</summary>
internal static class Provisioning
{
    public const string Database = "platform";

    public static async Task Run(PostgresServer postgres, Secrets secrets, CancellationToken cancellationToken)
    {
        await CreateDatabase(postgres, cancellationToken);
        // Our random passwords are letters and digits, so they need no quoting; SET takes no parameters.
        var sql = $"SET platform.password = '{secrets.Services}';\n"
            + await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "deploy", "postgres", "provision.sql"), cancellationToken);

        await using var connection = new NpgsqlConnection(postgres.ConnectionString(Database) + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task CreateDatabase(PostgresServer postgres, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString() + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"CREATE DATABASE {Database}", connection);
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DuplicateDatabase)
        {
            // from an earlier start
        }
    }
}
