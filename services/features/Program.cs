using Platform.Contracts;
using Platform.Dsp;
using Platform.Features;
using Platform.Features.Absorbing;
using Platform.Features.Datasets;
using Platform.Features.Deployments;
using Platform.Features.Devices;
using Platform.Features.Extracting;
using Platform.Features.Measurements;
using Platform.Features.Recordings;
using Platform.Features.Specs;
using Platform.Features.Spectrograms;
using Platform.Hosting;

ColumnMapping.Apply();

var builder = PlatformHost.CreateBuilder(args, "features");
builder.AddDatabase();
builder.AddObjectStore();
builder.AddOutbox();
builder.AddSettings<ExtractionOptions>(ExtractionOptions.Section);
builder.AddSettings<DatasetOptions>(DatasetOptions.Section);

builder.Services.AddSingleton<FeatureSpecStore>().AddHostedService<DefaultSpec>();
builder.Services.AddSingleton<DeviceStore>().AddHostedService<AnnounceDeviceData>();
builder.Services.AddSingleton<RecordingStore>().AddSingleton<Absorption>();
builder.Services.AddSingleton<WantedSpecs>().AddSingleton<FeatureSetStore>().AddSingleton<FailureStore>().AddSingleton<MissingSets>();
builder.Services.AddSingleton<ExtractorPool>().AddSingleton<ExtractionMetrics>().AddSingleton<RecordingExtraction>();
builder.Services.AddSingleton<EligibleSets>().AddSingleton<DatasetStore>().AddSingleton<RunDatasetStore>().AddSingleton<DatasetWriter>();
builder.Services.AddSingleton<DatasetSlices>().AddSingleton<DatasetPlanning>().AddSingleton<DatasetPreparation>().AddSingleton<PreparingProgress>();
builder.Services.AddSingleton<SpectrogramStore>().AddSingleton<SpectrogramRenderer>();

builder.AddBus(bus =>
{
    var concurrency = ExtractionOptions.ConcurrencyOf(builder.Configuration);
    bus.Work<KeepDeviceConsumer, DeviceChanged>();
    bus.Work<ExtractFeaturesConsumer, AudioArchived>(endpoint =>
        (endpoint.Prefetch, endpoint.Concurrency) = ((ushort)(2 * concurrency), concurrency));
    bus.Work<ExtractMissingConsumer, ExtractMissing>(endpoint => (endpoint.Prefetch, endpoint.Concurrency) = (1, 1));
    bus.Work<KeepLabelConsumer, RecordingLabelled>();
    bus.Work<KeepVerdictConsumer, RecordingScored>();
    bus.Work<KeepDriftConsumer, DriftDetected>();
    bus.Work<KeepDeploymentConsumer, ModelDeployed>();
    bus.Work<PrepareTrainingConsumer, PrepareTraining>(endpoint => (endpoint.Prefetch, endpoint.Concurrency) = (1, 1));
    bus.Work<ContinuePreparingConsumer, ContinuePreparing>(endpoint => (endpoint.Prefetch, endpoint.Concurrency) = (1, 1));
});

var app = builder.Build();
app.MapPlatformEndpoints();
app.MapFeatureSpecs();
app.MapDeviceData();
app.MapSpectrograms();
app.MapRecordingFeatures();
await app.RunPlatformAsync();
