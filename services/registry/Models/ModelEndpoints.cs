using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Contracts;
using Platform.Registry.Deployments;
using Platform.Registry.Models.Packages;
using Platform.Registry.Paging;

namespace Platform.Registry.Models;

internal static class ModelEndpoints
{
    private const int MostVersions = 500;

    public static void MapModels(this IEndpointRouteBuilder app)
    {
        app.MapGet("/models", List).WithSummary("Models, page by page.");
        app.MapGet("/models/{modelId}", Get).WithSummary("A model with its newest versions, aliases and history.");
        app.MapGet("/models/{modelId}/versions", Versions).WithSummary("The versions of a model, page by page.");
        app.MapPackages();
    }

    private static async Task<Results<Ok<Page<ModelSummary>>, ProblemHttpResult>> List(
        [AsParameters] ModelFilter filter, [AsParameters] PageQuery query, ModelList models, CancellationToken cancellationToken)
    {
        var errors = query.Read(ModelList.Columns, out var order).Concat(filter.Check()).ToDictionary(StringComparer.Ordinal);
        return errors.Count > 0
            ? Problem.BadRequest(errors)
            : TypedResults.Ok(await models.Page(filter, order, query.Size, cancellationToken));
    }

    /// <param name="versions">So many of the newest, 1 to 500.</param>
    private static async Task<Results<Ok<ModelView>, ProblemHttpResult>> Get(
        ModelId modelId, ModelReader models, ReplicaStore replicas, CancellationToken cancellationToken, int versions = 50)
    {
        if (versions is < 1 or > MostVersions)
            return Problem.BadRequest("versions", $"{versions} is out of range; allowed is 1 to {MostVersions}.");
        if (await models.Read(modelId.Value, versions, cancellationToken) is not { Model: var model } read)
            return Problem.NotFound($"There is no model '{modelId}'.");

        var champion = read.Aliases.Named(Aliases.Champion);
        return TypedResults.Ok(new ModelView(
            model.ModelId,
            model.Mode,
            model.Scope,
            model.Aggregation,
            model.ModelType,
            model.LastVersion,
            champion,
            read.Aliases.Named(Aliases.Previous),
            champion is null ? [] : await replicas.Of(model.ModelId, champion.Deployment, cancellationToken),
            read.Versions,
            read.History));
    }

    private static async Task<Results<Ok<Page<ModelVersion>>, ProblemHttpResult>> Versions(
        ModelId modelId,
        [AsParameters] PageQuery query,
        ModelStore models,
        VersionList versions,
        CancellationToken cancellationToken,
        string? state = null)
    {
        var errors = query.Read(VersionList.Columns, out var order);
        if (state is not null && !VersionStates.All.Contains(state))
            errors["state"] = $"'{state}' is not a state; allowed are {string.Join(", ", VersionStates.All)}.";
        if (errors.Count > 0)
            return Problem.BadRequest(errors);
        return await models.Find(modelId.Value, cancellationToken) is null
            ? Problem.NotFound($"There is no model '{modelId}'.")
            : TypedResults.Ok(await versions.Page(modelId.Value, state, order, query.Size, cancellationToken));
    }
}

internal static class AliasedVersions
{
    public static AliasedVersion? Named(this IEnumerable<AliasedVersion> aliases, string name) =>
        aliases.SingleOrDefault(alias => alias.Alias == name);
}

/// <param name="Versions">The newest, oldest first; <c>/models/{id}/versions</c> has all.</param>
/// <param name="History">Of these versions.</param>
/// <param name="Replicas">What each predictor replica made of the champion's deployment.</param>
internal sealed record ModelView(
    string ModelId,
    string Mode,
    string Scope,
    string? Aggregation,
    string ModelType,
    int LastVersion,
    AliasedVersion? Champion,
    AliasedVersion? Previous,
    IReadOnlyList<ReplicaState> Replicas,
    IReadOnlyList<ModelVersion> Versions,
    IReadOnlyList<VersionEvent> History);
