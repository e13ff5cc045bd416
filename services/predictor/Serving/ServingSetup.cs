using MassTransit;

namespace Platform.Predictor.Serving;

internal static class ServingSetup
{
    internal static IServiceCollection AddServing(this IServiceCollection services)
    {
        services.AddSingleton<ServingTable>().AddSingleton<PackageSource>().AddSingleton<DeploymentLoader>();
        services.AddSingleton<DeploymentCatchUp>();
        services.AddHostedService(provider => provider.GetRequiredService<DeploymentCatchUp>());
        services.AddSingleton<BoundQueues>().AddReceiveEndpointObserver(provider => provider.GetRequiredService<BoundQueues>());
        services.AddHttpClient<RegistryClient>((provider, http) =>
        {
            // A base address without its slash would lose its last segment.
            http.BaseAddress = new(provider.GetRequiredService<RegistryOptions>().Url.TrimEnd('/') + "/");
            http.Timeout = TimeSpan.FromSeconds(10);
        });
        return services;
    }
}
