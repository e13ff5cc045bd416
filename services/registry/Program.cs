using Platform.Contracts;
using Platform.Hosting;
using Platform.Registry;
using Platform.Registry.Alerts;
using Platform.Registry.Bands;
using Platform.Registry.Deployments;
using Platform.Registry.Devices;
using Platform.Registry.FreeAliases;
using Platform.Registry.Imports;
using Platform.Registry.Models;
using Platform.Registry.Models.Packages;
using Platform.Registry.Paging;
using Platform.Registry.Policies;
using Platform.Registry.Retention;
using Platform.Registry.Runs;
using Platform.Registry.Runs.Events;
using Platform.Registry.Schedules;
using Platform.Registry.Shadows;

ColumnMapping.Apply();

var builder = PlatformHost.CreateBuilder(args, "registry");
builder.AddApiDocs("Registry");
builder.AddDatabase();
builder.AddObjectStore();
builder.AddBus(bus => bus
    .Work<KeepDeviceConsumer, DeviceChanged>()
    .Work<KeepDeviceDataConsumer, DeviceDataChanged>()
    .Work<CountAnomalyConsumer, AnomalyDetected>()
    .Work<CloseAlarmConsumer, AnomalyCleared>()
    .Work<TrackProgressConsumer, TrainingProgressed>()
    .Work<EndImpossibleRunConsumer, TrainingNotPossible>()
    .Work<EndFailedRunConsumer, TrainingFailed>()
    .Work<NoteWaitingRunConsumer, TrainRequested>()
    .DeadLetters<FailDeadRunConsumer, TrainRequested>(ofService: "trainer")
    .DeadLetters<FailDeadImportConsumer, ImportModel>(ofService: "trainer")
    .Work<RegisterVersionConsumer, TrainingCompleted>()
    .Work<KeepLoadedConsumer, ModelLoaded>()
    .Work<KeepRejectedConsumer, ModelRejected>()
    .Broadcast<KeepAliveConsumer, ReplicaAlive>()
    .ConsumeShadows()
    .ConsumeBands());
builder.AddOutbox();
builder.AddSchedules();

builder.AddSettings<RunOptions>("Registry");
builder.AddRetention();
builder.Services
    .AddSingleton<DeviceStore>()
    .AddSingleton<AlarmStore>()
    .AddSingleton<ScopeLookup>()
    .AddSingleton<RunStore>()
    .AddSingleton<Totals>()
    .AddSingleton<RunList>()
    .AddRunEvents()
    .AddSingleton<RunProgressStore>()
    .AddSingleton<RunEndings>()
    .AddSingleton<QueueRuns>()
    .AddSingleton<StartRun>()
    .AddSingleton<CancelRun>()
    .AddSingleton<ModelStore>()
    .AddSingleton<ModelList>()
    .AddSingleton<ModelReader>()
    .AddSingleton<VersionList>()
    .AddSingleton<PackageStore>()
    .AddSingleton<VersionStore>()
    .AddSingleton<FreeNumber>()
    .AddSingleton<RegisterVersion>()
    .AddSingleton<VersionFiles>()
    .AddSingleton<VersionDetails>()
    .AddDeployments()
    .AddFreeAliases()
    .AddShadows()
    .AddBands()
    .AddAlerts()
    .AddPolicies()
    .AddImports()
    .AddHostedService<RunWatchdog>();

var app = builder.Build();
app.MapPlatformEndpoints();
app.UseModelPaths();
app.MapApiDocs();
app.MapRuns();
app.MapModels();
app.MapVersions();
app.MapFreeAliases();
app.MapDeployments();
app.MapShadows();
app.MapAlerts();
app.MapDevices();
app.MapPolicies();
app.MapSchedules();
app.MapRetention();
app.MapImports();
await app.RunPlatformAsync();
