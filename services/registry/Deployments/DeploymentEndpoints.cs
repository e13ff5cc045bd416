using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Contracts;

namespace Platform.Registry.Deployments;

internal static class DeploymentEndpoints
{
    private const int LongestText = 1_000;

    public static void MapDeployments(this IEndpointRouteBuilder app)
    {
        var deployments = app.MapGroup("/deployments");
        deployments.MapPost("", Deploy).WithSummary("Serve a version from now on, on every replica.");
        deployments.MapGet("", List).WithSummary("The deployments of a model, newest first.");
        deployments.MapGet("/current", Current).WithSummary("What is served of every model.");
        deployments.MapGet("/{**modelId}", List).WithSummary("The deployments of a model, newest first.");
    }

    private static async Task<Results<Created<ModelDeployed>, ProblemHttpResult>> Deploy(
        DeploymentRequest request, DeployByHand deploy, CancellationToken cancellationToken)
    {
        if (Check(request) is { Count: > 0 } errors)
            return Problem.BadRequest(errors);

        return await deploy.Deploy(request, cancellationToken) switch
        {
            DeployOutcome.Deployed { Deployment: var deployment } =>
                TypedResults.Created($"/deployments/{deployment.ModelId}", deployment.ToMessage()),
            DeployOutcome.Unknown { Why: var why } => Problem.NotFound(why),
            DeployOutcome.Refused { Why: var why } => Problem.Conflict(why),
            var outcome => throw new InvalidOperationException($"Unexpected outcome {outcome}."),
        };
    }

    private static async Task<Results<Ok<IEnumerable<ModelDeployed>>, ProblemHttpResult>> List(
        string? modelId, DeploymentStore deployments, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(modelId))
            return Problem.BadRequest("modelId", "it is missing; give e.g. ?modelId=device/LT-2_all/conv-ae.");

        // Routing leaves %2F of an escaped id as it is; ids hold no percent sign of their own.
        var history = await deployments.List(Uri.UnescapeDataString(modelId), cancellationToken);
        return TypedResults.Ok(history.Select(deployment => deployment.ToMessage()));
    }

    private static async Task<Ok<IEnumerable<ModelDeployed>>> Current(DeploymentStore deployments, CancellationToken cancellationToken) =>
        TypedResults.Ok((await deployments.Current(cancellationToken)).Select(deployment => deployment.ToMessage()));

    private static Dictionary<string, string> Check(DeploymentRequest request)
    {
        var errors = new Dictionary<string, string>();
        if (string.IsNullOrEmpty(request.ModelId))
            errors["modelId"] = "it is missing.";
        if (request.Version < 1)
            errors["version"] = $"{request.Version} is out of range; versions start at 1.";
        if (request.Reason?.Length > LongestText)
            errors["reason"] = $"it has {request.Reason.Length} characters; allowed are {LongestText}.";
        if (request.Actor?.Length > LongestText)
            errors["actor"] = $"it has {request.Actor.Length} characters; allowed are {LongestText}.";
        return errors;
    }
}
