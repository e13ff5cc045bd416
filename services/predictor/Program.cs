using Platform.Contracts;
using Platform.Hosting;
using Platform.Predictor.Alarms;
using Platform.Predictor.Devices;
using Platform.Predictor.Explanations;
using Platform.Predictor.Replay;
using Platform.Predictor.Scoring;
using Platform.Predictor.Serving;
using Platform.Predictor.Shadows;

var builder = PlatformHost.CreateBuilder(args, "predictor");
builder.AddDatabase();
builder.AddObjectStore();
builder.AddSettings<RegistryOptions>("Registry");
builder.AddSettings<ServingOptions>("Serving");
builder.AddSettings<ScoringOptions>("Scoring");
builder.Services.AddHostedService<InferenceThreads>(); // before the bus brings the first model
builder.AddBus(bus =>
{
    // Mostly waiting for the store; what is computed takes its turn in ComputeSlots.
    bus.Broadcast<LoadModelConsumer, ModelDeployed>(endpoint => (endpoint.Prefetch, endpoint.Concurrency) = (64, 32));
    bus.Broadcast<KeepDeviceConsumer, DeviceChanged>();
    // Most of the work on a recording is waiting, and those that wait for a core together may be computed together.
    bus.Work<ScoreRecordingConsumer, FeaturesExtracted>(endpoint => (endpoint.Prefetch, endpoint.Concurrency) = (16, 16));
    bus.ConsumeLabels();
    bus.ConsumeShadows();
});
builder.AddOutbox();
builder.AddAlarms();

builder.Services.AddServing();
builder.Services.AddScoring();
builder.Services.AddShadows();
builder.Services.AddReplay();
builder.Services.AddExplanations();
builder.Services.AddSingleton<DeviceStore>();

var app = builder.Build();
app.MapPlatformEndpoints();
app.MapModel();
app.MapScoreAudio();
app.MapPredictions();
app.MapAlarmsAndTrends();
app.MapShadows();
app.MapExplanations();
app.MapReplay();
await app.RunPlatformAsync();
