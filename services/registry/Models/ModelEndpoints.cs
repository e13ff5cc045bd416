using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Contracts;
using Platform.Registry.Deployments;
using Platform.Registry.Models.Packages;
using Platform.Registry.Paging;

namespace Platform.Registry.Models;

internal static class ModelEndpoints
{
    public static void MapModels(this IEndpointRouteBuilder app)
    {
        app.MapGet("/models", List).WithSummary("Models, page by page.");
        app.MapGet("/models/{modelId}", Get).WithSummary("A model with its versions, aliases and history.");
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

    private static async Task<Results<Ok<ModelView>, ProblemHttpResult>> Get(
        ModelId modelId, ModelStore models, VersionStore versions, ReplicaStore replicas, CancellationToken cancellationToken)
    {
        if (await models.Find(modelId.Value, cancellationToken) is not { } model)
            return Problem.NotFound($"There is no model '{modelId}'.");

        var aliases = await models.Aliases(model.ModelId, cancellationToken);
        var champion = aliases.Named(Aliases.Champion);
        return TypedResults.Ok(new ModelView(
            model.ModelId,
            model.Mode,
            model.Scope,
            model.Aggregation,
            model.ModelType,
            champion,
            aliases.Named(Aliases.Previous),
            champion is null ? [] : await replicas.Of(model.ModelId, champion.Deployment, cancellationToken),
            await versions.List(model.ModelId, cancellationToken),
            await versions.History(model.ModelId, null, cancellationToken)));
    }
}

internal static class AliasedVersions
{
    public static AliasedVersion? Named(this IEnumerable<AliasedVersion> aliases, string name) =>
        aliases.SingleOrDefault(alias => alias.Alias == name);
}

/// <param name="Replicas">What each predictor replica made of the champion's deployment.</param>
internal sealed record ModelView(
    string ModelId,
    string Mode,
    string Scope,
    string? Aggregation,
    string ModelType,
    AliasedVersion? Champion,
    AliasedVersion? Previous,
    IReadOnlyList<ReplicaState> Replicas,
    IReadOnlyList<ModelVersion> Versions,
    IReadOnlyList<VersionEvent> History);
