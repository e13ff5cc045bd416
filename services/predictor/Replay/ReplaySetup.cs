namespace Platform.Predictor.Replay;

internal static class ReplaySetup
{
    internal static IServiceCollection AddReplay(this IServiceCollection services) => services
        .AddSingleton<ArchivedAudio>()
        .AddSingleton<ArchivedPackages>()
        .AddSingleton<PeoplesTurns>()
        .AddSingleton<WhyNoScore>()
        .AddSingleton<Replaying>();
}
