using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Registry.Models;

namespace Platform.Registry.FreeAliases;

internal static class AliasEndpoints
{
    private const int LongestText = 1_000;

    public static IServiceCollection AddFreeAliases(this IServiceCollection services) => services
        .AddSingleton<AliasStore>()
        .AddSingleton<MoveAlias>();

    public static void MapFreeAliases(this IEndpointRouteBuilder app)
    {
        var aliases = app.MapGroup("/models/{modelId}/aliases");
        aliases.MapGet("", List).WithSummary("The aliases of a model, champion and previous among them.");
        aliases.MapGet("/{name}", Get).WithSummary("One alias; the ETag is its revision.");
        aliases.MapGet("/{name}/history", History).WithSummary("The moves of an alias.");
        aliases.MapPut("/{name}", Put).WithSummary("Point an alias at a version; with If-Match or expectedVersion only if nobody moved it meanwhile.");
        aliases.MapDelete("/{name}", Delete).WithSummary("Take an alias away.");
    }

    private static async Task<Results<Ok<IReadOnlyList<NamedVersion>>, ProblemHttpResult>> List(
        ModelId modelId, AliasStore aliases, ModelStore models, CancellationToken cancellationToken) =>
        await models.Find(modelId.Value, cancellationToken) is null
            ? Problem.NotFound($"There is no model '{modelId}'.")
            : TypedResults.Ok(await aliases.List(modelId.Value, cancellationToken));

    private static async Task<Results<Ok<NamedVersion>, ProblemHttpResult>> Get(
        ModelId modelId, string name, HttpResponse response, AliasStore aliases, CancellationToken cancellationToken)
    {
        if ((await aliases.List(modelId.Value, cancellationToken)).SingleOrDefault(alias => alias.Name == name) is not { } found)
            return NoSuchAlias(modelId, name);
        if (found.Revision is { } revision)
            ETags.Set(response, revision);
        return TypedResults.Ok(found);
    }

    private static async Task<Ok<IReadOnlyList<AliasMove>>> History(
        ModelId modelId, string name, AliasStore aliases, CancellationToken cancellationToken) =>
        TypedResults.Ok(await aliases.History(modelId.Value, name, cancellationToken));

    private static async Task<Results<Ok<MovedAlias>, Created<MovedAlias>, ProblemHttpResult>> Put(
        ModelId modelId, string name, AliasRequest body, HttpContext http, MoveAlias move, CancellationToken cancellationToken)
    {
        var (expected, error) = Expectation(http.Request, body.ExpectedVersion);
        if (AliasName.Check(name) is { } wrongName)
            return Problem.BadRequest("name", wrongName);
        if (error is not null)
            return Problem.BadRequest("If-Match", error);
        if (Check(body.Actor, body.Reason) is { } wrongText)
            return Problem.BadRequest("reason", wrongText);
        if (body.Version < 1)
            return Problem.BadRequest("version", $"{body.Version} is out of range; versions start at 1.");

        var outcome = await move.Move(modelId.Value, name, body.Version, expected, body.Actor ?? "api", body.Reason, cancellationToken);
        if (outcome is not AliasOutcome.Moved moved)
            return Refusal(outcome, modelId, name);

        ETags.Set(http.Response, moved.Revision);
        var answer = new MovedAlias(name, body.Version, moved.Revision);
        return moved.Created ? TypedResults.Created($"{ModelPath.Of(modelId.Value)}/aliases/{name}", answer) : TypedResults.Ok(answer);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        ModelId modelId,
        string name,
        HttpRequest request,
        MoveAlias move,
        CancellationToken cancellationToken,
        int? expectedVersion = null,
        string? actor = null,
        string? reason = null)
    {
        var (expected, error) = Expectation(request, expectedVersion);
        if (AliasName.Check(name) is { } wrongName)
            return Problem.BadRequest("name", wrongName);
        if (error is not null)
            return Problem.BadRequest("If-Match", error);
        if (Check(actor, reason) is { } wrongText)
            return Problem.BadRequest("reason", wrongText);

        var outcome = await move.Remove(modelId.Value, name, expected, actor ?? "api", reason, cancellationToken);
        return outcome is AliasOutcome.Removed ? TypedResults.NoContent() : Refusal(outcome, modelId, name);
    }

    private static ProblemHttpResult Refusal(AliasOutcome outcome, ModelId modelId, string name) => outcome switch
    {
        AliasOutcome.Unknown { Why: var why } => Problem.NotFound(why),
        AliasOutcome.Refused { Why: var why } => Problem.Conflict(why),
        AliasOutcome.Stale { Standing: { } standing } =>
            Problem.PreconditionFailed($"Alias '{name}' of '{modelId}', now v{standing.Version},", standing.Revision),
        AliasOutcome.Stale => TypedResults.Problem(
            detail: $"'{modelId}' has no alias '{name}' any more, or had none; read again, then decide.",
            statusCode: StatusCodes.Status412PreconditionFailed),
        _ => throw new InvalidOperationException($"Unexpected outcome {outcome}."),
    };

    /// <summary><c>If-Match</c> and <c>If-None-Match: *</c>, as HTTP has them, and the version that the caller saw there.</summary>
    private static (ExpectedAlias Expected, string? Error) Expectation(HttpRequest request, int? version)
    {
        var (revision, error) = ETags.Read(request);
        return (new(revision, version, Absent: request.Headers.IfNoneMatch == "*"), error);
    }

    private static string? Check(string? actor, string? reason) =>
        actor?.Length > LongestText || reason?.Length > LongestText ? $"actor and reason have at most {LongestText} characters." : null;

    private static ProblemHttpResult NoSuchAlias(ModelId modelId, string name) => Problem.NotFound($"'{modelId}' has no alias '{name}'.");
}

/// <summary>Body of <c>PUT /models/{modelId}/aliases/{name}</c>.</summary>
/// <param name="ExpectedVersion">Where the caller saw it; 412 when it stands elsewhere. <c>If-Match</c> does the same by revision.</param>
internal sealed record AliasRequest(int Version, int? ExpectedVersion = null, string? Actor = null, string? Reason = null);

internal sealed record MovedAlias(string Name, int Version, long Revision);
