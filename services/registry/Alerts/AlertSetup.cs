using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Contracts;

namespace Platform.Registry.Alerts;

internal static class AlertSetup
{
    private const int MostListed = 500;
    private const int LongestActor = 200;

    private static readonly string[] Kinds = [AlertKinds.BatchRejected, AlertKinds.DeploymentRefused, AlertKinds.ShadowRejected, AlertKinds.ChampionLeftBand];

    public static IServiceCollection AddAlerts(this IServiceCollection services) => services
        .AddSingleton<RaiseAlert>()
        .AddSingleton<AlertStore>()
        .AddSingleton<RejectedBatches>()
        .AddHostedService<BatchWatch>();

    public static void MapAlerts(this IEndpointRouteBuilder app)
    {
        var alerts = app.MapGroup("/alerts");
        alerts.MapGet("", List).WithSummary("What people should know, newest first.");
        alerts.MapPost("/{id:long}/acknowledge", Acknowledge).WithSummary("Somebody has seen it.");
    }

    private static async Task<Results<Ok<IReadOnlyList<Alert>>, ProblemHttpResult>> List(
        AlertStore alerts, CancellationToken cancellationToken, bool? open = null, string? kind = null, long? after = null, int limit = 100)
    {
        if (kind is not null && !Kinds.Contains(kind, StringComparer.Ordinal))
            return Problem.BadRequest("kind", $"'{kind}' is not a kind of alert; allowed are {string.Join(", ", Kinds)}.");
        if (limit is < 1 or > MostListed)
            return Problem.BadRequest("limit", $"{limit} is out of range; allowed is 1 to {MostListed}.");
        return TypedResults.Ok(await alerts.List(open, kind, after, limit, cancellationToken));
    }

    private static async Task<Results<Ok<Alert>, ProblemHttpResult>> Acknowledge(
        long id, Acknowledgement by, AlertStore alerts, CancellationToken cancellationToken)
    {
        if (by.Actor is not { Length: > 0 and <= LongestActor } actor)
            return Problem.BadRequest("actor", $"it says who has seen the alert, in 1 to {LongestActor} characters.");
        return await alerts.Acknowledge(id, actor, cancellationToken) is { } alert
            ? TypedResults.Ok(alert)
            : Problem.NotFound($"There is no alert {id}.");
    }

    private sealed record Acknowledgement(string? Actor = null);
}
