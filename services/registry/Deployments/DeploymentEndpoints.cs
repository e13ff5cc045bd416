using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Platform.Contracts;

namespace Platform.Registry.Deployments;

internal static class DeploymentEndpoints
{
    private const int LongestText = 1_000;
    private const int MostListed = 500;

    public static void MapDeployments(this IEndpointRouteBuilder app)
    {
        var deployments = app.MapGroup("/deployments");
        deployments.MapPost("", Deploy).WithSummary("Serve a version from now on, on every replica.");
        deployments.MapPost("/rollback", RollBack).WithSummary("Serve the version before again, or the one named.");
        deployments.MapGet("", List).WithSummary("Deployments, newest first.");
        deployments.MapGet("/current", Current).WithSummary("What is served of every model.");
        deployments.MapGet("/{id:long}", Get).WithSummary("A deployment and what each replica made of it.");
        deployments.MapGet("/{**modelId}", ListOf).WithSummary("The deployments of a model, newest first.");
    }

    private static async Task<Results<Created<DeploymentView>, ProblemHttpResult>> Deploy(
        DeploymentRequest request, DeployByHand deploy, RolloutStore rollouts, ReplicaStore replicas, CancellationToken cancellationToken)
    {
        var errors = Check(request.ModelId, request.Reason, request.Actor);
        CheckVersion("version", request.Version, errors);
        return errors.Count > 0
            ? Problem.BadRequest(errors)
            : await Answer(await deploy.Deploy(request, cancellationToken), rollouts, replicas, cancellationToken);
    }

    private static async Task<Results<Created<DeploymentView>, ProblemHttpResult>> RollBack(
        RollbackRequest request, DeployByHand deploy, RolloutStore rollouts, ReplicaStore replicas, CancellationToken cancellationToken)
    {
        var errors = Check(request.ModelId, request.Reason, request.Actor);
        if (request.To is { } to)
            CheckVersion("to", to, errors);
        return errors.Count > 0
            ? Problem.BadRequest(errors)
            : await Answer(await deploy.RollBack(request, cancellationToken), rollouts, replicas, cancellationToken);
    }

    internal static async Task<Results<Created<DeploymentView>, ProblemHttpResult>> Answer(
        DeployOutcome outcome, RolloutStore rollouts, ReplicaStore replicas, CancellationToken cancellationToken) => outcome switch
        {
            DeployOutcome.Deployed { Deployment.Id: var id } =>
                TypedResults.Created($"/deployments/{id}", await Find(id, rollouts, replicas, cancellationToken)),
            DeployOutcome.Unknown { Why: var why } => Problem.NotFound(why),
            DeployOutcome.Refused { Why: var why } => Problem.Conflict(why),
            _ => throw new InvalidOperationException($"Unexpected outcome {outcome}."),
        };

    private static async Task<Results<Ok<DeploymentView>, ProblemHttpResult>> Get(
        long id, RolloutStore rollouts, ReplicaStore replicas, CancellationToken cancellationToken) =>
        await Find(id, rollouts, replicas, cancellationToken) is { } deployment
            ? TypedResults.Ok(deployment)
            : Problem.NotFound($"There is no deployment {id}.");

    private static async Task<DeploymentView?> Find(long id, RolloutStore rollouts, ReplicaStore replicas, CancellationToken cancellationToken) =>
        await rollouts.List(new(Id: id), 1, cancellationToken) is [var rollout]
            ? DeploymentView.Of(rollout, await replicas.Of(rollout.ModelId, rollout.Deployment, cancellationToken))
            : null;

    private static async Task<Results<Ok<IReadOnlyList<Rollout>>, ProblemHttpResult>> List(
        [AsParameters] RolloutQuery query, RolloutStore rollouts, CancellationToken cancellationToken)
    {
        if (query.Kind is { } kind && !DeploymentKinds.All.Contains(kind, StringComparer.Ordinal))
            return Problem.BadRequest("kind", $"'{kind}' is not a kind of deployment; allowed are {string.Join(", ", DeploymentKinds.All)}.");
        if (query.State is { } state && !RolloutStates.All.Contains(state, StringComparer.Ordinal))
            return Problem.BadRequest("state", $"'{state}' is not a state of a deployment; allowed are {string.Join(", ", RolloutStates.All)}.");
        if (query.Limit is < 1 or > MostListed)
            return Problem.BadRequest("limit", $"{query.Limit} is out of range; allowed is 1 to {MostListed}.");

        var filter = new RolloutFilter(null, query.ModelId, query.Device, query.Version, query.Kind, query.State, query.After);
        return TypedResults.Ok(await rollouts.List(filter, query.Limit ?? 100, cancellationToken));
    }

    // Ids hold no percent sign of their own; routing leaves %2F of an escaped one as it is.
    private static async Task<Ok<IReadOnlyList<Rollout>>> ListOf(string modelId, RolloutStore rollouts, CancellationToken cancellationToken) =>
        TypedResults.Ok(await rollouts.List(new(ModelId: Uri.UnescapeDataString(modelId)), MostListed, cancellationToken));

    private static async Task<Results<Ok<IEnumerable<ModelDeployed>>, StatusCodeHttpResult>> Current(
        HttpContext context, DeploymentStore deployments, CancellationToken cancellationToken)
    {
        // Read before the list: a deployment in between makes the list newer than its tag, and the next question is answered in full.
        var tag = new EntityTagHeaderValue($"\"{await deployments.Revision(cancellationToken)}\"");
        context.Response.GetTypedHeaders().ETag = tag;
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        return TypedResults.Ok((await deployments.Current(cancellationToken)).Select(deployment => deployment.ToMessage()));
    }

    private static Dictionary<string, string> Check(string modelId, string? reason, string? actor)
    {
        var errors = new Dictionary<string, string>();
        if (string.IsNullOrEmpty(modelId))
            errors["modelId"] = "it is missing.";
        if (reason?.Length > LongestText)
            errors["reason"] = $"it has {reason.Length} characters; allowed are {LongestText}.";
        if (actor?.Length > LongestText)
            errors["actor"] = $"it has {actor.Length} characters; allowed are {LongestText}.";
        return errors;
    }

    private static void CheckVersion(string field, int version, Dictionary<string, string> errors)
    {
        if (version < 1)
            errors[field] = $"{version} is out of range; versions start at 1.";
    }
}

/// <summary>Query of <c>GET /deployments</c>.</summary>
internal sealed record RolloutQuery(
    string? ModelId = null, string? Device = null, int? Version = null, string? Kind = null, string? State = null, long? After = null, int? Limit = null);

/// <param name="Replicas">Which of them runs it, since when, and how long loading took.</param>
internal sealed record DeploymentView(
    long Id,
    string ModelId,
    long Deployment,
    int Version,
    string? Label,
    string Kind,
    string State,
    long? Replaces,
    long? RollsBack,
    string[] Devices,
    string Actor,
    string Reason,
    DateTime DeployedAt,
    IReadOnlyList<ReplicaState> Replicas)
{
    public static DeploymentView Of(Rollout rollout, IReadOnlyList<ReplicaState> replicas) => new(
        rollout.Id, rollout.ModelId, rollout.Deployment, rollout.Version, rollout.Label, rollout.Kind, rollout.State, rollout.Replaces,
        rollout.RollsBack, rollout.Devices, rollout.Actor, rollout.Reason, rollout.DeployedAt, replicas);
}
