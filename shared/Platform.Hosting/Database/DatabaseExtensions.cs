using System.Reflection;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Platform.Hosting;

public static class DatabaseExtensions
{
    /// <summary>
    /// Adds the <see cref="NpgsqlDataSource"/> of the service's own schema and applies its embedded <c>Migrations/*.sql</c>
    /// before the service starts.
    /// </summary>
    public static WebApplicationBuilder AddDatabase(this WebApplicationBuilder builder)
    {
        var service = ServiceIdentity.Of(builder);
        builder.AddSettings<DatabaseOptions>("Database");
        builder.Services.AddSingleton(services => CreateDataSource(services, service));
        builder.Services.AddSingleton<DatabaseMigrator>();
        DefaultTypeMap.MatchNamesWithUnderscores = true; // columns are snake_case, records are not
        builder.Services.AddMigrations(service.Name, service.Assembly);
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealthCheck>("database", tags: [Readiness.Tag]);
        return builder;
    }

    internal static void AddMigrations(this IServiceCollection services, string component, Assembly assembly) =>
        services.AddSingleton(MigrationSource.EmbeddedIn(assembly, component));

    private static NpgsqlDataSource CreateDataSource(IServiceProvider services, ServiceIdentity service)
    {
        var connection = new NpgsqlConnectionStringBuilder(services.GetRequiredService<DatabaseOptions>().ConnectionString)
        {
            // Explicit, so that the schema is right whatever the role's default search path is.
            SearchPath = service.Name,
            ApplicationName = service.Name,
            // A service sends the same few statements again and again; parsing and planning them costs more than most of them do.
            MaxAutoPrepare = 100,
            // Resetting the session costs six statements each time a connection is taken from the pool. We leave nothing in one: who listens or holds
            // an advisory lock of the session ends that itself, and an open transaction is rolled back all the same.
            NoResetOnClose = true,
        };
        return new NpgsqlDataSourceBuilder(connection.ConnectionString)
            .UseLoggerFactory(services.GetRequiredService<ILoggerFactory>())
            .Build();
    }
}
