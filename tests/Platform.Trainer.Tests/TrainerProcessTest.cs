using System.Globalization;
using System.Security.Cryptography;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Trainer.Tests;

/// <summary>Trainers as processes on a bucket and a virtual host of their own; the settings are those of operators, but for shorter times.</summary>
public abstract class TrainerProcessTest(TestVhost vhost, TestBucket bucket) : IClassFixture<TestVhost>, IClassFixture<TestBucket>, IAsyncLifetime
{
    private protected static readonly TimeSpan Long = TimeSpan.FromMinutes(4);

    private readonly string _cache = Directory.CreateTempSubdirectory("trainer-cache-").FullName;
    private protected TestBus _bus = null!;
    private protected IObjectStore _store = null!;

    private protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    private protected TestVhost Vhost { get; } = vhost;

    private protected TestBucket Bucket { get; } = bucket;

    public async ValueTask InitializeAsync()
    {
        _bus = await TestBus.Start(Vhost);
        _store = Bucket.Open();
    }

    public async ValueTask DisposeAsync()
    {
        await _bus.DisposeAsync();
        Directory.Delete(_cache, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected Task<ServiceProcess> StartTrainer(double checkpointSeconds = 0.2) =>
        ServiceProcess.Start("trainer", Settings(checkpointSeconds));

    private protected Dictionary<string, string> Settings(double checkpointSeconds = 0.2, string? endpoint = null, string? bus = null)
    {
        var settings = ServiceProcess.Settings(null, "trainer", Vhost, Bucket.Options);
        settings["ObjectStore__Endpoint"] = endpoint ?? settings["ObjectStore__Endpoint"];
        settings["Bus__Uri"] = bus ?? settings["Bus__Uri"];
        settings["Trainer__CacheDirectory"] = _cache;
        settings["Trainer__CheckpointSeconds"] = checkpointSeconds.ToString(CultureInfo.InvariantCulture);
        settings["GOMP_SPINCOUNT"] = "1000";
        return settings;
    }

    private protected async Task Completed(TrainRequested message, ServiceProcess trainer)
    {
        try
        {
            await Eventually.Is(() => Ended<TrainingCompleted>(completed => completed.RunId) || Ended<TrainingFailed>(failed => failed.RunId), Long);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Run {message.RunName} did not end: {exception.Message}\n{trainer.Log}", exception);
        }

        Assert.DoesNotContain(_bus.Received<TrainingFailed>(), failed => failed.RunId == message.RunId);

        bool Ended<T>(Func<T, Guid> run) => _bus.Received<T>().Any(end => run(end) == message.RunId);
    }

    private protected async Task<List<string>> Keys(string prefix)
    {
        var keys = new List<string>();
        await foreach (var item in _store.List(prefix, Ct))
            keys.Add(item.Key[prefix.Length..]);
        return keys;
    }

    private protected async Task<string> WeightsHash(string run) =>
        Convert.ToHexStringLower(SHA256.HashData(await _store.ReadAll($"runs/{run}/package/model.pth", Ct)));
}
