using Microsoft.AspNetCore.Http.HttpResults;

namespace Platform.Predictor.Serving;

/// <summary><c>GET /devices/{device}/model</c>: what serves a device in this replica.</summary>
internal static class ModelEndpoint
{
    internal static void MapModel(this IEndpointRouteBuilder routes) => routes.MapGet("/devices/{device}/model", Get);

    private static Results<Ok<Serving>, ProblemHttpResult> Get(string device, ServingTable table)
    {
        using var lease = table.Lease(device);
        if (lease is null)
            return TypedResults.Problem($"No model is deployed for device {device}.", statusCode: StatusCodes.Status404NotFound);

        var deployed = lease.Deployed;
        return TypedResults.Ok(new Serving(deployed.ModelId, deployed.Version, deployed.Deployment, lease.LoadedAt, deployed.SpecHash));
    }

    private sealed record Serving(string ModelId, int Version, long Deployment, DateTimeOffset LoadedAt, string SpecHash);
}
