using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Platform.Registry.Runs.Events;

internal static class RunEventsEndpoint
{
    public static IServiceCollection AddRunEvents(this IServiceCollection services) => services
        .AddSingleton<RunSignals>()
        .AddHostedService(provider => provider.GetRequiredService<RunSignals>())
        .AddSingleton<RunEvents>();

    public static void MapRunEvents(this IEndpointRouteBuilder runs) => 
        runs.MapGet("/{idOrName}/events", Follow).WithSummary("Follow a run by server-sent events: run, epoch, end; Last-Event-ID goes on behind an epoch.");

    private static async Task<Results<ServerSentEventsResult<string>, ProblemHttpResult>> Follow(
        string idOrName,
        HttpRequest request,
        RunStore runs,
        RunEvents events,
        IOptions<JsonOptions> json,
        IHostApplicationLifetime lifetime,
        CancellationToken cancellationToken)
    {
        if (await runs.Find(idOrName, cancellationToken) is not { } run)
            return RunEndpoints.Unknown(idOrName);

        var seen = request.Headers["Last-Event-ID"].ToString();
        if (seen.Length == 0)
            seen = "-1";
        if (!int.TryParse(seen, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var after))
            return Problem.BadRequest("Last-Event-ID", $"'{seen}' is not the number of an epoch.");
        return TypedResults.ServerSentEvents(UntilStopped(events, run.Id, after, json.Value.SerializerOptions, lifetime, cancellationToken));
    }

    /// <summary>A stream that lives as long as its client would keep the service from stopping.</summary>
    private static async IAsyncEnumerable<SseItem<string>> UntilStopped(
        RunEvents events,
        Guid runId,
        int after,
        JsonSerializerOptions json,
        IHostApplicationLifetime lifetime,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        await using var items = events.Follow(runId, after, json, stopping.Token).GetAsyncEnumerator(stopping.Token);
        while (await Next(items, stopping.Token))
            yield return items.Current;
    }

    private static async ValueTask<bool> Next(IAsyncEnumerator<SseItem<string>> items, CancellationToken stopping)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return false;
        }
    }
}
