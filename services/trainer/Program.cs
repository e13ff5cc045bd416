using Platform.Contracts;
using Platform.Hosting;
using Platform.Trainer;
using Platform.Trainer.Datasets;
using Platform.Trainer.Imports;
using Platform.Trainer.Slices;
using Platform.Trainer.Training;

var builder = PlatformHost.CreateBuilder(args, "trainer");

builder.AddSettings<TrainerOptions>("Trainer");
builder.AddObjectStore();
builder.Services.AddSingleton<ShardCache>();
builder.Services.AddSingleton<DatasetLoader>();
builder.Services.AddSingleton(services => new TrainingThread(services.GetRequiredService<TrainerOptions>().ParallelRunsOn));
builder.Services.AddSingleton<SessionOpening>();
builder.Services.AddSingleton<ProgressReports>();
builder.Services.AddSingleton<TrainerMeter>();
builder.Services.AddSingleton<IdleMemory>();
builder.Services.AddSingleton<SliceRunner>();
builder.AddBus(bus => bus
    .Work<TrainModelConsumer, TrainRequested>(endpoint =>
    {
        endpoint.ConcurrencyFrom = services => services.GetRequiredService<TrainerOptions>().SlicesAtOnce; // whoever is free takes the next slice
        // An outage of the store may last ten minutes. Fewer starts than that fail the run: it is they that are counted.
        endpoint.Retries = 20;
    })
    .Work<ImportModelConsumer, ImportModel>(endpoint => endpoint.Prefetch = (ushort)(endpoint.Concurrency = 1))); // beside a slice, for a second or so

var app = builder.Build();
app.MapPlatformEndpoints();
await app.RunPlatformAsync();
