using Platform.Hosting;
using Platform.Registry.Schedules;

namespace Platform.Registry.Retention;

internal static class RetentionSetup
{
    public static WebApplicationBuilder AddRetention(this WebApplicationBuilder builder)
    {
        builder.AddSettings<RetentionOptions>("Retention");
        builder.Services
            .AddSingleton<FolderRemoval>()
            .AddSingleton<MarkStore>()
            .AddSingleton<VersionSweep>()
            .AddSingleton<PackageClaims>()
            .AddSingleton<OrphanStore>()
            .AddSingleton<RunTrim>()
            .AddSingleton<StoreSweep>()
            .AddSingleton<ReportStore>()
            .AddSingleton<RetentionSweep>()
            .AddSingleton<IScheduledTask, ScheduledRetention>()
            .AddSingleton<RetentionWorker>()
            .AddHostedService(services => services.GetRequiredService<RetentionWorker>());
        return builder;
    }
}
