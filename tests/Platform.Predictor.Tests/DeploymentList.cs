using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Platform.Contracts;

namespace Platform.Predictor.Tests;

/// <summary>Answers <c>GET /deployments/current</c> and <c>GET /shadows/current</c> over real HTTP, as the registry does; the registry itself is another service.</summary>
internal sealed class DeploymentList : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _asked;

    private DeploymentList(WebApplication app) => _app = app;

    internal ConcurrentDictionary<string, ModelDeployed> Deployed { get; } = new(StringComparer.Ordinal);
    internal ConcurrentDictionary<string, ShadowDeployed> Shadows { get; } = new(StringComparer.Ordinal);
    internal int Asked => Volatile.Read(ref _asked);
    internal string Url => _app.Urls.Single();

    /// <param name="deployed">What it names from the first answer on.</param>
    internal static async Task<DeploymentList> Start(int port = 0, params IReadOnlyList<ModelDeployed> deployed)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders(); // the test's output is the service's
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var list = new DeploymentList(app);
        foreach (var one in deployed)
            list.Deployed[one.ModelId] = one;
        app.MapGet("/deployments/current", () =>
        {
            Interlocked.Increment(ref list._asked);
            return Results.Json(list.Deployed.Values);
        });
        app.MapGet("/shadows/current", () => Results.Json(list.Shadows.Values));
        await app.StartAsync();
        return list;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
