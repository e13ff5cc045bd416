namespace Platform.Registry.Tests;

/// <summary>Base of the tests that need the running registry; one per class.</summary>
public abstract class RegistryTest(RegistryFixture registry) : IClassFixture<RegistryFixture>, IAsyncLifetime
{
    protected RegistryFixture Registry => registry;

    protected static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    // Started from the test, not by the fixture itself: xunit skips a test whose servers are missing, but fails a fixture's.
    public async ValueTask InitializeAsync() => await registry.Started();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
