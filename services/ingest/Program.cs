using Platform.Contracts;
using Platform.Hosting;
using Platform.Ingest;

var builder = PlatformHost.CreateBuilder(args, "ingest");
builder.AddDatabase();
builder.AddObjectStore();
builder.AddOutbox();
builder.AddBus(bus => bus
    .Work<KeepVerdictConsumer, RecordingScored>()
    .Work<KeepFeaturesConsumer, FeaturesExtracted>()
    .Work<KeepAbsorbedConsumer, FalseAlarmsAbsorbed>()
    .Work<QuarantineRecordingConsumer, FeatureExtractionFailed>());

builder.AddSettings<IngestOptions>("Ingest");
builder.Services.AddSingleton<IngestMetrics>();
builder.Services.AddSingleton<DeviceStore>();
builder.Services.AddSingleton<MachineTypeStore>();
builder.Services.AddSingleton<RecordingStore>();
builder.Services.AddSingleton<RecordingSummaries>();
builder.Services.AddSingleton<OutcomeStore>();
builder.Services.AddSingleton<LabelStore>();
builder.Services.AddSingleton<VerdictStore>();
builder.Services.AddSingleton<QuarantineStore>();
builder.Services.AddSingleton<Archive>();
builder.Services.AddSingleton<UploadRecording>();
builder.Services.AddHostedService<StagingSweeper>();

var app = builder.Build();
app.MapPlatformEndpoints();
app.MapDevices();
app.MapMachineTypes();
app.MapRecordings();
app.MapLabels();
app.MapAudio();
await app.RunPlatformAsync();
