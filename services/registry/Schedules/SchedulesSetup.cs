using Npgsql;
using Quartz;

namespace Platform.Registry.Schedules;

/// <summary>
/// Schedules: rows that people edit, and a Quartz that follows them. Its job store is in our schema and clustered, so that of any number of replicas
/// one fires; what a firing does happens once because of <see cref="FireSchedule"/>, also when Quartz calls twice.
/// </summary>
internal static class SchedulesSetup
{
    public static WebApplicationBuilder AddSchedules(this WebApplicationBuilder builder)
    {
        builder.Services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "registry";
                // Never the same again, and yet it says whom an operator has to look for.
                scheduler.InstanceId = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid().ToString("N")[..8]}";
                // What is interrupted is rolled back and finished by whoever looks next; nobody waits for it.
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            });
            quartz.UseDefaultThreadPool(2);
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(database => database.DataSourceFactory = services => services.GetRequiredService<NpgsqlDataSource>());
                store.ConfigureStore(options =>
                {
                    options.StoreJobDataAsStrings = true;
                    // Later than this is a missed firing: however many of them, one is made up for.
                    options.MisfireThreshold = TimeSpan.FromSeconds(5);
                });
                store.UseClustering(cluster =>
                {
                    cluster.CheckinInterval = TimeSpan.FromSeconds(5);
                    cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(10);
                });
            });
        });
        builder.Services.AddQuartzHostedService(options => options.WaitForJobsToComplete = true);
        builder.Logging.AddFilter("Quartz", LogLevel.Warning); // one line per acquired trigger otherwise
        builder.Services
            .AddSingleton<ScheduleStore>()
            .AddSingleton<EditSchedule>()
            .AddSingleton<FiringStore>()
            .AddSingleton<TrainingDataStore>()
            .AddSingleton<ScheduledTraining>()
            .AddSingleton<FireSchedule>()
            .AddSingleton<BatchStore>()
            .AddSingleton<StartBatch>()
            .AddSingleton<QuartzTriggers>()
            .AddSingleton<ColdStart>()
            .AddTransient<FireScheduleJob>()
            .AddHostedService<ScheduleUpkeep>();
        return builder;
    }
}
