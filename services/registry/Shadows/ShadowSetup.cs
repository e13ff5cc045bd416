using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Registry.Shadows;

/// <summary>Versions that are scored beside the champion.</summary>
internal static class ShadowSetup
{
    public static IServiceCollection AddShadows(this IServiceCollection services) => services
        .AddSingleton<ShadowStore>()
        .AddSingleton<ShadowChanges>()
        .AddSingleton<StartShadow>()
        .AddSingleton<EndRejectedShadow>();

    public static PlatformBus ConsumeShadows(this PlatformBus bus) => bus.Work<EndRejectedShadowConsumer, ShadowRejected>();
}
