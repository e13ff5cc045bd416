using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Platform.Hosting;

/// <summary>What every service has identically: settings, logs, telemetry, health, problem details, start and stop.</summary>
public static class PlatformHost
{
    // Longer than the bus needs to finish what it holds.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(30);

    /// <param name="service">Names schema, queues and telemetry.</param>
    [MethodImpl(MethodImplOptions.NoInlining)] // the calling assembly holds the migrations
    public static WebApplicationBuilder CreateBuilder(string[] args, string service) =>
        CreateBuilder(args, new ServiceIdentity(service, Assembly.GetCallingAssembly()));

    public static WebApplicationBuilder CreateBuilder(string[] args, ServiceIdentity service)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddSingleton(service);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddLogs();
        builder.AddTelemetry(service);
        builder.Services.AddReadiness();
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<ProblemHandler>();
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            options.SerializerOptions.RespectRequiredConstructorParameters = true;
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        builder.WebHost.ConfigureKestrel(options => options.AddServerHeader = false);
        return builder;
    }

    /// <summary>Adds <c>/health/live</c>, <c>/health/ready</c>, <c>/metrics</c> and problem details for every error.</summary>
    public static WebApplication MapPlatformEndpoints(this WebApplication app)
    {
        app.UseRequestTelemetry();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapHealth();
        app.MapMetrics();
        return app;
    }

    /// <summary>Migrates and runs until SIGTERM; what keeps it from starting is one line on stderr and exit code 1.</summary>
    public static async Task RunPlatformAsync(this WebApplication app)
    {
        var service = app.Services.GetRequiredService<ServiceIdentity>();
        await using (app)
        {
            try
            {
                app.Services.GetService<Microsoft.Extensions.Options.IStartupValidator>()?.Validate();
                if (app.Services.GetService<DatabaseMigrator>() is { } migrator)
                    await migrator.Migrate(CancellationToken.None);
                await app.StartAsync();
            }
            catch (Exception exception) when (StartFailure.Describe(exception) is { } line)
            {
                await Console.Error.WriteLineAsync($"{service.Name} cannot start: {line}");
                Environment.ExitCode = 1;
                return;
            }

            await app.WaitForShutdownAsync();
            if (app.Services.GetServices<IHostedService>().OfType<BackgroundService>().Any(one => one.ExecuteTask is { IsFaulted: true }))
                Environment.ExitCode = 1; // a crash, so that the orchestrator starts it again
        }
    }
}
