namespace Platform.Predictor.Explanations;

internal static class ExplanationSetup
{
    internal static IServiceCollection AddExplanations(this IServiceCollection services) =>
        services.AddSingleton<ScoringVersions>().AddSingleton<Explaining>();

    internal static void MapExplanations(this IEndpointRouteBuilder routes)
    {
        routes.MapExplainRecording();
        routes.MapExplainAudio();
    }
}
