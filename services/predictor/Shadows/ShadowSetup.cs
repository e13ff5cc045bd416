using MassTransit;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Predictor.Shadows;

/// <summary>Versions that are scored beside the champion: reported apart, never alarming.</summary>
internal static class ShadowSetup
{
    internal static IServiceCollection AddShadows(this IServiceCollection services)
    {
        services.AddSingleton<ShadowTable>().AddSingleton<PassedOver>().AddSingleton<ShadowPackages>();
        services.AddSingleton<ShadowLoading>().AddSingleton<ShadowScoring>().AddSingleton<ShadowScoreStore>().AddSingleton<ComparisonStore>();
        services.AddSingleton<ShadowCatchUp>().AddHostedService(provider => provider.GetRequiredService<ShadowCatchUp>());
        services.AddSingleton<ShadowQueue>().AddReceiveEndpointObserver(provider => provider.GetRequiredService<ShadowQueue>());
        return services;
    }

    /// <summary>Recordings come by a queue of their own, a few at a time: whatever holds up shadows holds up nothing else.</summary>
    internal static PlatformBus ConsumeShadows(this PlatformBus bus) => bus
        .Broadcast<KeepShadowConsumer, ShadowDeployed>()
        .Work<ScoreShadowConsumer, FeaturesExtracted>(endpoint => (endpoint.Prefetch, endpoint.Concurrency) = (4, 2), work: ScoreShadowConsumer.Work);

    internal static void MapShadows(this IEndpointRouteBuilder routes) => routes.MapComparison();
}
