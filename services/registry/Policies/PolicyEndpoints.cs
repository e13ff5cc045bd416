using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Contracts;
using Platform.Registry.Devices;
using Platform.Registry.Scopes;

namespace Platform.Registry.Policies;

internal static class PolicyEndpoints
{
    private const int LongestText = 1_000;
    private const int LongestHistory = 1_000;

    public static void MapPolicies(this IEndpointRouteBuilder app)
    {
        app.MapGet("/policies", async (PolicyStore policies, CancellationToken cancellationToken) => TypedResults.Ok(await policies.All(cancellationToken)))
            .WithSummary("Every training policy, the plant's first.");
        // The plant has no name, everybody else has one.
        foreach (var path in (string[])["/policies/{level:regex(^plant$)}", "/policies/{level}/{name}"])
        {
            app.MapGet(path, Get).WithSummary("A training policy; the ETag is its revision.");
            app.MapPut(path, Put).WithSummary("The whole policy: what is left out is left to wider levels.");
            app.MapPatch(path, Patch).WithSummary("Change single fields; null leaves one to wider levels.");
            app.MapDelete(path, Delete).WithSummary("Leave everything to wider levels.");
            app.MapGet(path + "/resolved", Resolved).WithSummary("What holds there, and which level says each field.");
            app.MapGet(path + "/history", History).WithSummary("The edits of a policy, newest first.");
        }
    }

    private static async Task<Results<Ok<Policy>, ProblemHttpResult>> Get(
        string level, HttpResponse response, PolicyStore policies, CancellationToken cancellationToken, string? name = null)
    {
        if (Read(level, name, out var key) is { } problem)
            return problem;
        if ((await policies.Find([key], cancellationToken)).SingleOrDefault() is not { } policy)
            return Problem.NotFound($"There is no policy of {key}; what holds there is under /resolved.");
        ETags.Set(response, policy.Revision);
        return TypedResults.Ok(policy);
    }

    /// <summary>The whole policy: a field that is not given is left to the wider levels.</summary>
    private static Task<IResult> Put(
        string level, PolicyRequest request, HttpContext http, EditPolicy edit, DeviceStore devices, CancellationToken cancellationToken, string? name = null) =>
        Change(level, name, request, http, edit, devices, (_, given) => PartialParameters.None.Merge(given), cancellationToken);

    /// <summary>A merge patch: what is given replaces, null leaves the field to the wider levels again, the rest stays.</summary>
    private static Task<IResult> Patch(
        string level, PolicyRequest request, HttpContext http, EditPolicy edit, DeviceStore devices, CancellationToken cancellationToken, string? name = null) =>
        Change(level, name, request, http, edit, devices, (before, given) => (before ?? PartialParameters.None).Merge(given), cancellationToken);

    private static async Task<IResult> Change(
        string level,
        string? name,
        PolicyRequest request,
        HttpContext http,
        EditPolicy edit,
        DeviceStore devices,
        Func<PartialParameters?, PartialParameters, PartialParameters> change,
        CancellationToken cancellationToken)
    {
        if (Read(level, name, out var key) is { } problem)
            return problem;
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        var given = ParameterFields.OfPolicy.Read(request.Parameters, errors, nullTakesAway: true);
        var editor = ReadEditor(http.Request, request.Actor, request.Reason, errors);
        if (errors.Count > 0)
            return Problem.BadRequest(errors);
        // A policy of a mistyped name would hold for nobody, and nobody would notice.
        if (key.Level != PolicyLevels.Plant && !await devices.IsKnown(key.Level, key.Name, cancellationToken))
            return Problem.BadRequest("name", $"no known device {(key.Level == PolicyLevels.Device ? "is" : $"has {key.Level}")} '{key.Name}'.");

        var outcome = await edit.Edit(key, editor, before => change(before, given), cancellationToken);
        if (outcome is EditOutcome<Policy>.Done { Now: { } policy, Created: var created })
        {
            ETags.Set(http.Response, policy.Revision);
            return created ? TypedResults.Created(http.Request.Path, policy) : TypedResults.Ok(policy);
        }

        return Refusal(key, outcome);
    }

    private static async Task<IResult> Delete(
        string level, HttpContext http, EditPolicy edit, CancellationToken cancellationToken, string? name = null, string? actor = null, string? reason = null)
    {
        if (Read(level, name, out var key) is { } problem)
            return problem;
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        var editor = ReadEditor(http.Request, actor, reason, errors);
        if (errors.Count > 0)
            return Problem.BadRequest(errors);
        var outcome = await edit.Edit(key, editor, _ => null, cancellationToken);
        return outcome is EditOutcome<Policy>.Done ? TypedResults.NoContent() : Refusal(key, outcome);
    }

    private static ProblemHttpResult Refusal(PolicyKey key, EditOutcome<Policy> outcome) => outcome switch
    {
        EditOutcome<Policy>.Refused { Errors: var refused } => Problem.BadRequest(refused),
        EditOutcome<Policy>.Unknown { Why: var why } => Problem.NotFound(why),
        EditOutcome<Policy>.Changed { Revision: var revision } => Problem.PreconditionFailed($"The policy of {key}", revision),
        _ => throw new InvalidOperationException($"Unexpected outcome {outcome}."),
    };

    private static async Task<Results<Ok<ResolvedPolicy>, ProblemHttpResult>> Resolved(
        string level, PolicyStore policies, DeviceStore devices, CancellationToken cancellationToken, string? name = null)
    {
        if (Read(level, name, out var key) is { } problem)
            return problem;
        KnownDevice? machine = null;
        if (key.Level == PolicyLevels.Device && (machine = (await devices.Known([key.Name], cancellationToken)).SingleOrDefault()) is null)
            return Problem.NotFound($"There is no known device '{key.Name}'.");

        var keys = PolicyResolution.LevelsOf(key.Level, key.Name, machine?.MachineType, machine?.Site);
        var resolved = new PolicyBook(await policies.Find(keys, cancellationToken)).Resolve([], keys);
        return TypedResults.Ok(ResolvedPolicy.Of(key, resolved));
    }

    private static async Task<Results<Ok<IReadOnlyList<PolicyEdit>>, ProblemHttpResult>> History(
        string level, PolicyStore policies, CancellationToken cancellationToken, string? name = null, int limit = 100)
    {
        if (Read(level, name, out var key) is { } problem)
            return problem;
        if (limit is < 1 or > LongestHistory)
            return Problem.BadRequest("limit", $"{limit} is out of range; allowed is 1 to {LongestHistory}.");
        return TypedResults.Ok(await policies.History(key, limit, cancellationToken));
    }

    private static ProblemHttpResult? Read(string level, string? name, out PolicyKey key)
    {
        key = new(level, name ?? "");
        if (!PolicyLevels.All.Contains(level, StringComparer.Ordinal))
            return Problem.BadRequest("level", $"'{level}' is not a level; allowed are {string.Join(", ", PolicyLevels.All)}.");
        if (level == PolicyLevels.Plant)
            return name is null ? null : Problem.BadRequest("name", $"the plant takes no name, got '{name}'; its policy is /policies/plant.");
        return Code.IsValid(key.Name) ? null : Problem.BadRequest("name", $"'{name}' is not a code; allowed is {Code.Pattern}.");
    }

    internal static Editor ReadEditor(HttpRequest request, string? actor, string? reason, Dictionary<string, string> errors)
    {
        var seen = ETags.Read(request);
        if (seen.Error is { } error)
            errors["If-Match"] = error;
        if (actor?.Length > LongestText)
            errors["actor"] = $"it has {actor.Length} characters; allowed are {LongestText}.";
        if (reason?.Length > LongestText)
            errors["reason"] = $"it has {reason.Length} characters; allowed are {LongestText}.";
        return new(string.IsNullOrWhiteSpace(actor) ? "api" : actor, reason, seen);
    }
}

/// <summary>What holds for runs of a device, machine type, site or the whole plant.</summary>
/// <param name="From">Field → the level that says it; <c>default</c> for the built-in value.</param>
internal sealed record ResolvedPolicy(
    string Level, string Name, bool AutoTrain, bool RollbackOnDrift, TrainingParameters Parameters, IReadOnlyDictionary<string, ParameterSource> From)
{
    public static ResolvedPolicy Of(PolicyKey key, ResolvedParameters resolved) => new(
        key.Level, key.Name, resolved.AutoTrain, resolved.RollbackOnDrift, resolved.Parameters,
        ParameterFields.OfPolicy.Names.ToDictionary(field => field, field => resolved.Sources.GetValueOrDefault(field, ParameterSource.Default)));
}
