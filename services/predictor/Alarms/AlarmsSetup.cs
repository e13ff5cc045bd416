using Platform.Contracts;
using Platform.Hosting;
using Platform.Predictor.Labelling;
using Platform.Predictor.Trends;

namespace Platform.Predictor.Alarms;

/// <summary>Alarms, what people say about them, and the trend of the scores that they come from.</summary>
internal static class AlarmsSetup
{
    internal static WebApplicationBuilder AddAlarms(this WebApplicationBuilder builder)
    {
        ArrayColumns.Apply();
        builder.AddSettings<AlarmOptions>("Alarms");
        builder.AddSettings<TrendOptions>("Trends");
        builder.Services
            .AddSingleton<AlarmTracking>()
            .AddSingleton<AlarmRevision>()
            .AddSingleton<TrendTracking>()
            .AddSingleton<AlarmReader>()
            .AddSingleton<CloseAlarm>()
            .AddSingleton<AlarmRulesStore>()
            .AddSingleton<TrendReader>();
        return builder;
    }

    internal static void ConsumeLabels(this PlatformBus bus) => bus
        .Work<KeepLabelConsumer, RecordingLabelled>()
        .Work<KeepAbsorbedConsumer, FalseAlarmsAbsorbed>();

    internal static void MapAlarmsAndTrends(this IEndpointRouteBuilder routes)
    {
        routes.MapAlarms();
        routes.MapAlarmRules();
        routes.MapTrends();
    }
}
