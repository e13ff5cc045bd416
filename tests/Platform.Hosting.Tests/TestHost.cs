using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Platform.Testing;

namespace Platform.Hosting.Tests;

/// <summary>A host as a service builds it, inside the test process, so that tests can hold its consumers.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private TestHost(WebApplication app) => this.app = app;

    public IServiceProvider Services => app.Services;

    public HttpClient Http => field ??= new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

    public static async Task<TestHost> Start(
        IReadOnlyDictionary<string, string> settings, Action<WebApplicationBuilder> configure, string service = "ingest")
    {
        var app = Build(settings, configure, service);
        if (app.Services.GetService<DatabaseMigrator>() is { } migrator)
            await migrator.Migrate(TestContext.Current.CancellationToken);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestHost(app);
    }

    public static WebApplication Build(
        IReadOnlyDictionary<string, string> settings, Action<WebApplicationBuilder> configure, string service = "ingest")
    {
        var values = settings.Select(setting => $"--{setting.Key.Replace("__", ":", StringComparison.Ordinal)}={setting.Value}");
        string[] args = ["--urls=http://127.0.0.1:0", .. values];
        var identity = new ServiceIdentity(service, Assembly.GetExecutingAssembly()) { Instance = $"test-{Guid.NewGuid():N}" };
        var builder = PlatformHost.CreateBuilder(args, identity);
        configure(builder);
        var app = builder.Build();
        app.MapPlatformEndpoints();
        return app;
    }

    public Task BusIsReady() =>
        Eventually.Is(async () => (await Http.GetAsync("health/ready")).IsSuccessStatusCode, TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await app.StopAsync(stop.Token);
        await app.DisposeAsync();
    }
}
