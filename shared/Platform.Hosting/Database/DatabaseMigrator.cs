using System.Net.Sockets;
using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;
using Polly;
using Polly.Retry;

namespace Platform.Hosting;

/// <summary>
/// Brings the service's own schema up to date before the service starts. Several instances may start at once: each step is
/// one transaction under one advisory lock, and looks first whether another instance took it.
/// </summary>
internal sealed partial class DatabaseMigrator(
    NpgsqlDataSource dataSource,
    DatabaseOptions options,
    ServiceIdentity service,
    IEnumerable<MigrationSource> sources,
    TimeProvider time,
    ILogger<DatabaseMigrator> logger)
{
    public async Task Migrate(CancellationToken cancellationToken)
    {
        // Hosting's components stand after the service's own in no particular need: they share no table.
        var migrations = sources.SelectMany(source => source.Read()).ToList();

        await WaitForDatabase(cancellationToken);
        await CreateHistory(cancellationToken);
        foreach (var migration in migrations)
            await Apply(migration, cancellationToken);
    }

    private async Task WaitForDatabase(CancellationToken cancellationToken)
    {
        var deadline = time.GetTimestamp();
        var retry = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = TimeSpan.FromSeconds(2),
                BackoffType = DelayBackoffType.Exponential,
                ShouldHandle = args => ValueTask.FromResult(
                    IsNotThereYet(args.Outcome.Exception) && time.GetElapsedTime(deadline) < options.StartupTimeout),
                OnRetry = args =>
                {
                    if (args.AttemptNumber == 0)
                        LogWaiting(options.StartupTimeout, args.Outcome.Exception!.Message);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

        try
        {
            await retry.ExecuteAsync(
                async token =>
                {
                    await using var connection = await dataSource.OpenConnectionAsync(token);
                    await RequireSchema(connection, token);
                },
                cancellationToken);
        }
        catch (NpgsqlException exception)
        {
            var parts = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
            throw new StartupException(
                $"database '{parts.Database ?? parts.Username}' at {parts.Host}:{parts.Port} as '{parts.Username}' " +
                $"cannot be used: {exception.Message}",
                exception);
        }
    }

    private static bool IsNotThereYet(Exception? exception) => exception is NpgsqlException npgsql
        && (npgsql.IsTransient || npgsql.InnerException is SocketException or TimeoutException or IOException);

    private async Task RequireSchema(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string sql = "SELECT current_schema()";

        var schema = await connection.ExecuteScalarAsync<string?>(new CommandDefinition(sql, cancellationToken: cancellationToken));
        if (schema != service.Name)
            throw new StartupException(
                $"schema '{service.Name}' does not exist in database '{connection.Database}' or its role may not use it: " +
                "run deploy/postgres/provision.sql as a superuser first.");
    }

    private async Task CreateHistory(CancellationToken cancellationToken)
    {
        const string sql = """
            CREATE TABLE IF NOT EXISTS schema_migration (
                component  text        NOT NULL,
                number     integer     NOT NULL,
                name       text        NOT NULL,
                checksum   text        NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (component, number))
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Lock(connection, transaction, cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, transaction: transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task Apply(Migration migration, CancellationToken cancellationToken)
    {
        const string findSql = "SELECT checksum FROM schema_migration WHERE component = @Component AND number = @Number";
        const string recordSql = """
            INSERT INTO schema_migration (component, number, name, checksum) VALUES (@Component, @Number, @Name, @Checksum)
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Lock(connection, transaction, cancellationToken);

        var applied = await connection.ExecuteScalarAsync<string?>(
            new CommandDefinition(findSql, migration, transaction, cancellationToken: cancellationToken));
        if (applied is not null)
        {
            if (applied != migration.Checksum)
                throw new StartupException(
                    $"migration {migration.Name} of {migration.Component} was changed after it was applied " +
                    $"(checksum {applied[..12]} in the schema, {migration.Checksum[..12]} in this build): add a new migration instead.");
            return;
        }

        try
        {
            await connection.ExecuteAsync(new CommandDefinition(
                migration.Sql, transaction: transaction, commandTimeout: 0, cancellationToken: cancellationToken));
        }
        catch (PostgresException exception)
        {
            throw new StartupException($"migration {migration.Name} of {migration.Component} failed: {exception.MessageText}", exception);
        }

        await connection.ExecuteAsync(new CommandDefinition(recordSql, migration, transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        LogApplied(migration.Name, migration.Component);
    }

    private async Task Lock(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        const string sql = "SELECT pg_advisory_xact_lock(hashtextextended('migrations of ' || @schema, 0))";

        await connection.ExecuteAsync(new CommandDefinition(
            sql, new { schema = service.Name }, transaction, commandTimeout: 0, cancellationToken: cancellationToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Waiting up to {Timeout} for the database: {Reason}")]
    private partial void LogWaiting(TimeSpan timeout, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Applied migration {Migration} of {Component}")]
    private partial void LogApplied(string migration, string component);
}
