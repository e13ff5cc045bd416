using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Platform.Hosting;

/// <summary>Ready means: the broker answers, and every queue that the service consumes is declared and consumed.</summary>
internal sealed class BusHealthCheck(BrokerConnection broker, IBusControl bus) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await broker.Probe(cancellationToken);
        var state = bus.CheckHealth();
        return state.Status == BusHealthStatus.Healthy
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy(state.Description, state.Exception);
    }
}
