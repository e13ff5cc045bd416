namespace Platform.Predictor.Scoring;

internal static class ScoringSetup
{
    internal static IServiceCollection AddScoring(this IServiceCollection services) => services
        .AddSingleton<ComputeSlots>()
        .AddSingleton<DeviceTurns>()
        .AddSingleton<AudioExtraction>()
        .AddSingleton<FeatureSetReader>()
        .AddSingleton<ScoreStore>()
        .AddSingleton<UnscoredStore>()
        .AddSingleton<RecordingScoring>()
        .AddHostedService<Backfill>();
}
