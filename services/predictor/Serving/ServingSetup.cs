using MassTransit;
using Platform.Hosting;

namespace Platform.Predictor.Serving;

internal static class ServingSetup
{
    internal static IServiceCollection AddServing(this IServiceCollection services)
    {
        services.AddSingleton<ServingTable>().AddSingleton<ModelMemory>().AddSingleton<ModelLeases>();
        services.AddSingleton<PackageSource>().AddSingleton<PackageLoads>().AddSingleton<DeploymentLoader>();
        services.AddSingleton<WarmUp>();
        services.AddHostedService(provider => provider.GetRequiredService<WarmUp>());
        services.AddSingleton<DeploymentCatchUp>();
        services.AddHostedService(provider => provider.GetRequiredService<DeploymentCatchUp>());
        services.AddHostedService<ReplicaPulse>();
        services.AddHealthChecks().AddCheck<CatchUpHealthCheck>("deployments", tags: [Readiness.Tag]);
        services.AddSingleton<DeploymentQueue>().AddReceiveEndpointObserver(provider => provider.GetRequiredService<DeploymentQueue>());
        services.AddSingleton(CreateRegistryClient);
        return services;
    }

    private static RegistryClient CreateRegistryClient(IServiceProvider services)
    {
        // One client for the life of the process: connections are renewed, so that a registry that moved is found again.
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2) };
        return new(new HttpClient(handler)
        {
            // Without the slash at its end an address loses its last segment.
            BaseAddress = new(services.GetRequiredService<RegistryOptions>().Url.TrimEnd('/') + "/"),
            Timeout = TimeSpan.FromSeconds(10),
        });
    }
}
