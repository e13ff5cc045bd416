using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Platform.Hosting;

/// <summary>
/// OpenTelemetry without its hosting package, which the feed lacks: the SDK is a singleton of the container, started with
/// the host. A service's own <c>ActivitySource</c> and <c>Meter</c> are named as its assembly, <c>Platform.…</c>.
/// </summary>
internal static class TelemetryExtensions
{
    private static readonly string[] Sources =
        ["Platform.*", "MassTransit", "Npgsql", "Microsoft.AspNetCore", "System.Net.Http"];

    private static readonly string[] Meters =
        [
            "Platform.*", "MassTransit", "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel",
            "System.Net.Http", "System.Runtime",
        ];

    public static void AddTelemetry(this WebApplicationBuilder builder, ServiceIdentity service)
    {
        builder.AddSettings<TelemetryOptions>("Otlp");
        var resource = ResourceBuilder.CreateDefault()
            .AddService(service.Name, serviceNamespace: "platform", service.Version, serviceInstanceId: service.Instance);

        builder.Services.AddSingleton<PrometheusExporter>();
        builder.Services.AddSingleton(services => CreateSdk(services, resource));
        builder.Services.AddHostedService<TelemetryStart>();

        var endpoint = builder.Configuration["Otlp:Endpoint"];
        if (Uri.TryCreate(endpoint, UriKind.Absolute, out var address))
            builder.Logging.AddOpenTelemetry(logs => logs
                .SetResourceBuilder(resource)
                .AddOtlpExporter(exporter => exporter.Endpoint = address));
    }

    private static OpenTelemetrySdk CreateSdk(IServiceProvider services, ResourceBuilder resource)
    {
        var endpoint = services.GetRequiredService<TelemetryOptions>().Endpoint is { Length: > 0 } text ? new Uri(text) : null;
        var prometheus = services.GetRequiredService<PrometheusExporter>();

        return OpenTelemetrySdk.Create(sdk =>
        {
            sdk.WithTracing(tracing =>
            {
                tracing.SetResourceBuilder(resource).AddSource(Sources);
                if (endpoint is not null)
                    tracing.AddOtlpExporter(exporter => exporter.Endpoint = endpoint);
            });
            sdk.WithMetrics(metrics =>
            {
                metrics.SetResourceBuilder(resource).AddMeter(Meters).AddReader(new BaseExportingMetricReader(prometheus));
                if (endpoint is not null)
                    metrics.AddOtlpExporter(exporter => exporter.Endpoint = endpoint);
            });
        });
    }

    public static void MapMetrics(this WebApplication app) => app.MapGet("/metrics", (PrometheusExporter exporter) =>
        Results.Text(exporter.Scrape(), "text/plain; version=0.0.4; charset=utf-8"))
        .WithSummary("Measurements, as Prometheus reads them.");

    /// <summary>ASP.NET Core's server span carries no tags by itself; these are OpenTelemetry's names for them.</summary>
    public static void UseRequestTelemetry(this WebApplication app) => app.Use(async (context, next) =>
    {
        await next(context);
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is not { } activity)
            return;

        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        activity.DisplayName = route is null ? context.Request.Method : $"{context.Request.Method} {route}";
        activity.SetTag("http.request.method", context.Request.Method);
        activity.SetTag("http.route", route);
        activity.SetTag("url.path", context.Request.Path.Value);
        activity.SetTag("http.response.status_code", context.Response.StatusCode);
    });

    /// <summary>Creates the SDK before the first request; the container disposes it, which sends what is left.</summary>
    private sealed class TelemetryStart(OpenTelemetrySdk sdk) : IHostedService
    {
        public OpenTelemetrySdk Sdk { get; } = sdk;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
