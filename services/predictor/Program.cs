using Platform.Contracts;
using Platform.Hosting;
using Platform.Predictor.Alarms;
using Platform.Predictor.Devices;
using Platform.Predictor.Explanations;
using Platform.Predictor.Replay;
using Platform.Predictor.Scoring;
using Platform.Predictor.Serving;

var builder = PlatformHost.CreateBuilder(args, "predictor");
builder.AddDatabase();
builder.AddObjectStore();
builder.AddSettings<RegistryOptions>("Registry");
builder.AddSettings<ScoringOptions>("Scoring");
builder.Services.AddHostedService<InferenceThreads>(); // before the bus brings the first model
builder.AddBus(bus =>
{
    bus.Broadcast<LoadModelConsumer, ModelDeployed>();
    bus.Broadcast<KeepDeviceConsumer, DeviceChanged>();
    bus.Work<ScoreRecordingConsumer, FeaturesExtracted>();
});

builder.Services.AddServing();
builder.Services.AddScoring();
builder.Services.AddReplay();
builder.Services.AddExplanations();
builder.Services.AddSingleton<DeviceStore>();

var app = builder.Build();
app.MapPlatformEndpoints();
app.MapModel();
app.MapScoreAudio();
app.MapPredictions();
app.MapAlarms();
app.MapExplanations();
app.MapReplay();
await app.RunPlatformAsync();
