using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Trainer.Tests;

/// <summary>A worker on a folder of its own and a real bus, with the shortest run that learns something.</summary>
public abstract class SliceRunnerTest(TestVhost vhost) : IClassFixture<TestVhost>, IAsyncLifetime
{
    private protected static readonly TrainingParameters Quick = new() { MaxSteps = 60, BatchSize = 16, LearningRate = 3e-3, Seed = 5 };

    private protected readonly TestFolder _folder = new();
    private protected TestBus _bus = null!;
    private protected IObjectStore _store = null!;

    private protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _bus = await TestBus.Start(vhost);
        _store = _folder.Open();
    }

    public async ValueTask DisposeAsync()
    {
        await _bus.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Worker NewWorker(TrainerOptions? options = null) => new(_store, _bus.Publisher, options);

    private protected async Task<List<string>> Keys(string prefix)
    {
        var keys = new List<string>();
        await foreach (var item in _store.List(prefix, Ct))
            keys.Add(item.Key[prefix.Length..]);
        return keys;
    }
}
