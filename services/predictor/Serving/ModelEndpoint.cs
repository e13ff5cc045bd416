using Microsoft.AspNetCore.Http.HttpResults;

namespace Platform.Predictor.Serving;

/// <summary><c>GET /devices/{device}/model</c>: what serves a device in this replica.</summary>
internal static class ModelEndpoint
{
    internal static void MapModel(this IEndpointRouteBuilder routes) => routes.MapGet("/devices/{device}/model", Get);

    private static Results<Ok<Serving>, ProblemHttpResult> Get(string device, ServingTable table)
    {
        if (!table.ByDevice.TryGetValue(device, out var served))
            return TypedResults.Problem(
                table.RefusedFor(device)?.Told ?? $"No model is deployed for device {device}.", statusCode: StatusCodes.Status404NotFound);

        var (deployed, package) = (served.Deployed, served.Package);
        return TypedResults.Ok(new Serving(
            deployed.ModelId, deployed.Version, deployed.Deployment, package?.LoadedAt ?? served.FirstLoad?.At, deployed.SpecHash, package is not null));
    }

    /// <param name="LoadedAt">Null when nobody has needed it yet.</param>
    /// <param name="InMemory">False: the next request loads it first.</param>
    private sealed record Serving(string ModelId, int Version, long Deployment, DateTimeOffset? LoadedAt, string SpecHash, bool InMemory);
}
