using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Platform.Hosting;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: bus, database and store do too, or which of them does not.
/// </summary>
public static class Readiness
{
    /// <summary>A health check of a service that carries this tag is part of /health/ready.</summary>
    public const string Tag = "platform-ready";

    // A part that hangs counts as down; the orchestrator's own time-out is not much longer.
    private static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(3);

    internal static void AddReadiness(this IServiceCollection services) =>
        services.AddHealthChecks().Services.PostConfigure<HealthCheckServiceOptions>(options =>
        {
            foreach (var registration in options.Registrations)
                registration.Timeout = LongestProbe;
        });

    // Not MapHealthChecks: it creates every probed part at once, before the settings are validated.
    internal static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health/live", (HttpContext context, HealthCheckService health) => Answer(context, health, _ => false))
            .WithSummary("The process runs.");
        app.MapGet("/health/ready", (HttpContext context, HealthCheckService health) =>
            Answer(context, health, check => check.Tags.Contains(Tag)))
            .WithSummary("The parts that the service needs, and whether it has them.");
    }

    private static async Task Answer(HttpContext context, HealthCheckService health, Func<HealthCheckRegistration, bool> asked)
    {
        var report = await health.CheckHealthAsync(asked, context.RequestAborted);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.StatusCode = report.Status == HealthStatus.Healthy
            ? StatusCodes.Status200OK
            : StatusCodes.Status503ServiceUnavailable;
        var body = new
        {
            status = Name(report.Status),
            checks = report.Entries.ToDictionary(
                entry => entry.Key,
                entry => new { status = Name(entry.Value.Status), detail = Detail(entry.Value) }),
        };
        await context.Response.WriteAsJsonAsync(body, JsonSerializerOptions.Web, context.RequestAborted);
    }

    private static string Name(HealthStatus status) => status == HealthStatus.Healthy ? "healthy" : "unhealthy";

    private static string? Detail(HealthReportEntry entry) =>
        entry.Status == HealthStatus.Healthy ? null : entry.Exception?.Message ?? entry.Description;
}
