using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Contracts;
using Platform.Registry.Deployments;
using Platform.Registry.Models;

namespace Platform.Registry.Shadows;

internal static class ShadowEndpoints
{
    private const int LongestText = 1_000;
    private const int MostDevices = 100_000;
    private const int LongestHistory = 500;

    public static void MapShadows(this IEndpointRouteBuilder app)
    {
        app.MapGet("/shadows/current", Current).WithSummary("The last shadow of every model, live or ended, as it was announced.");
        var shadow = app.MapGroup("/models/{modelId}/shadow");
        shadow.MapPost("", Start).WithSummary("Score a version beside the champion, for some devices or all of the model; it never alarms.");
        shadow.MapGet("", Get).WithSummary("The model's last shadow, and what happened to all of them.");
        shadow.MapPost("/promote", Promote).WithSummary("Deploy the shadow's version; 409 when somebody else ended the shadow.");
        shadow.MapDelete("", Drop).WithSummary("End the shadow; what was compared stays.");
    }

    private static async Task<Ok<IEnumerable<ShadowDeployed>>> Current(ShadowStore shadows, CancellationToken cancellationToken) =>
        TypedResults.Ok((await shadows.Current(cancellationToken)).Select(shadow => shadow.ToMessage()));

    private static async Task<Results<Created<Shadow>, Ok<Shadow>, ProblemHttpResult>> Start(
        ModelId modelId, ShadowRequest request, StartShadow shadows, CancellationToken cancellationToken)
    {
        var errors = Check(request.Actor, request.Reason);
        if (request.Version < 1)
            errors["version"] = $"{request.Version} is out of range; versions start at 1.";
        if (request.Share is { } share && !(share is > 0 and <= 1))
            errors["share"] = $"{share} is out of range; allowed is above 0 and at most 1.";
        if (request.Devices is { } listed && (listed.Count is 0 or > MostDevices || listed.Contains(null!)))
            errors["devices"] = $"it is a list of 1 to {MostDevices} device codes; leave it out for all devices of the model.";
        if (request is { Devices: not null, Share: not null })
            errors["share"] = "devices are given as well; allowed is one of the two.";
        if (errors.Count > 0)
            return Problem.BadRequest(errors);

        return await shadows.Start(modelId.Value, request, cancellationToken) switch
        {
            ShadowOutcome.Live { Created: true, Shadow: var started } => TypedResults.Created($"{ModelPath.Of(modelId.Value)}/shadow", started),
            ShadowOutcome.Live { Shadow: var live } => TypedResults.Ok(live),
            var refused => Refusal(refused),
        };
    }

    private static async Task<Results<Ok<ShadowView>, ProblemHttpResult>> Get(
        ModelId modelId, ShadowStore shadows, ModelStore models, CancellationToken cancellationToken)
    {
        if (await shadows.Last(modelId.Value, cancellationToken) is { } last)
            return TypedResults.Ok(new ShadowView(last, await shadows.History(modelId.Value, LongestHistory, cancellationToken)));
        return Problem.NotFound(await models.Find(modelId.Value, cancellationToken) is null
            ? $"There is no model '{modelId}'."
            : $"'{modelId}' never had a shadow.");
    }

    private static async Task<Results<Created<DeploymentView>, ProblemHttpResult>> Promote(
        ModelId modelId, PromotionRequest request, DeployByHand deploy, RolloutStore rollouts, ReplicaStore replicas, CancellationToken cancellationToken)
    {
        var errors = Check(request.Actor, request.Reason);
        return errors.Count > 0
            ? Problem.BadRequest(errors)
            : await DeploymentEndpoints.Answer(await deploy.Promote(modelId.Value, request, cancellationToken), rollouts, replicas, cancellationToken);
    }

    private static async Task<Results<Ok<Shadow>, ProblemHttpResult>> Drop(
        ModelId modelId, StartShadow shadows, CancellationToken cancellationToken, string? actor = null, string? reason = null)
    {
        var errors = Check(actor, reason);
        if (errors.Count > 0)
            return Problem.BadRequest(errors);
        var outcome = await shadows.Drop(modelId.Value, actor, reason, cancellationToken);
        return outcome is ShadowOutcome.Ended { Shadow: var ended } ? TypedResults.Ok(ended) : Refusal(outcome);
    }

    private static ProblemHttpResult Refusal(ShadowOutcome outcome) => outcome switch
    {
        ShadowOutcome.Wrong { Field: var field, Error: var error } => Problem.BadRequest(field, error),
        ShadowOutcome.Unknown { Why: var why } => Problem.NotFound(why),
        ShadowOutcome.Refused { Why: var why } => Problem.Conflict(why),
        _ => throw new InvalidOperationException($"Unexpected outcome {outcome}."),
    };

    private static Dictionary<string, string> Check(string? actor, string? reason)
    {
        var errors = new Dictionary<string, string>();
        if (actor?.Length > LongestText)
            errors["actor"] = $"it has {actor.Length} characters; allowed are {LongestText}.";
        if (reason?.Length > LongestText)
            errors["reason"] = $"it has {reason.Length} characters; allowed are {LongestText}.";
        return errors;
    }
}

/// <summary>Body of <c>POST /models/{id}/shadow/promote</c>.</summary>
/// <param name="Version">The shadow that the caller has seen; null for whichever is live.</param>
internal sealed record PromotionRequest(int? Version = null, string? Reason = null, string? Actor = null);

/// <param name="History">Of all shadows of the model, newest first.</param>
internal sealed record ShadowView(Shadow Shadow, IReadOnlyList<ShadowEvent> History);
