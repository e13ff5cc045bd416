using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Trainer.Datasets;
using Platform.Trainer.Slices;
using Platform.Trainer.Training;

namespace Platform.Trainer.Tests;

/// <summary>A trainer without its queue: works on the slices that a test hands to it.</summary>
internal sealed class Worker : IDisposable
{
    private readonly TrainingThread _thread;
    private readonly string _cache = Directory.CreateTempSubdirectory("trainer-cache-").FullName;
    private readonly TrainerMeter _meter = new();
    private readonly SliceRunner _slices;

    internal Worker(IObjectStore store, IBus bus, TrainerOptions? options = null, ILogger<SliceRunner>? logger = null)
    {
        options = (options ?? new TrainerOptions()) with { CacheDirectory = _cache, Threads = 1 };
        _thread = new TrainingThread(options.ParallelRunsOn);
        Lifetime = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        _slices = new SliceRunner(
            store, new DatasetLoader(store, new ShardCache(store, options, TimeProvider.System), options), _thread,
            new SessionOpening(options, TimeProvider.System, NullLogger<SessionOpening>.Instance), Lifetime, new ProgressReports(bus, TimeProvider.System),
            _meter, new IdleMemory(), options, TimeProvider.System, logger ?? NullLogger<SliceRunner>.Instance);
    }

    internal ApplicationLifetime Lifetime { get; }

    internal Task<SliceOutcome> Run(TrainRequested message, Guid? messageId = null, int delivery = 0) =>
        _slices.Run(message, messageId ?? Guid.NewGuid(), delivery, TestContext.Current.CancellationToken);

    /// <summary>Runs continuations until the run ends; returns the end and how many messages it took.</summary>
    internal async Task<(SliceOutcome End, int Messages)> RunToEnd(TrainRequested message)
    {
        for (var messages = 1; ; messages++)
        {
            var outcome = await Run(message);
            if (outcome is not SliceOutcome.Continued continued)
                return (outcome, messages);
            message = continued.Next;
        }
    }

    public void Dispose()
    {
        _thread.Dispose();
        _meter.Dispose();
        Directory.Delete(_cache, recursive: true);
    }
}
