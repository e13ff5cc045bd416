using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Platform.Predictor.Serving;

/// <summary>
/// A replica is ready once the registry has told it what is deployed. Before that it would answer 409 for devices that have a
/// model. A registry that goes away later changes nothing: the models are in memory.
/// </summary>
internal sealed class CatchUpHealthCheck(DeploymentCatchUp catchUp) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(catchUp.First.IsCompleted
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The registry has not said yet what is deployed."));
}
