using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Contracts;
using Platform.Registry.Deployments;

namespace Platform.Registry.Models;

internal static class ModelEndpoints
{
    public static void MapModels(this IEndpointRouteBuilder app)
    {
        app.MapGet("/models", List);
        app.MapGet("/models/{modelId}", Get);
    }

    private static async Task<Ok<IEnumerable<ModelSummary>>> List(ModelStore models, CancellationToken cancellationToken)
    {
        var aliases = (await models.Aliases(null, cancellationToken)).ToLookup(alias => alias.ModelId);
        return TypedResults.Ok((await models.List(null, cancellationToken)).Select(model => new ModelSummary(
            model.ModelId,
            model.Mode,
            model.Scope,
            model.Aggregation,
            model.ModelType,
            model.LastVersion,
            Find(aliases[model.ModelId], Aliases.Champion),
            Find(aliases[model.ModelId], Aliases.Previous))));
    }

    private static async Task<Results<Ok<ModelView>, ProblemHttpResult>> Get(
        ModelId modelId, ModelStore models, VersionStore versions, ReplicaStore replicas, CancellationToken cancellationToken)
    {
        if ((await models.List(modelId.Value, cancellationToken)).SingleOrDefault() is not { } model)
            return Problem.NotFound($"There is no model '{modelId}'.");

        var aliases = await models.Aliases(model.ModelId, cancellationToken);
        var champion = Find(aliases, Aliases.Champion);
        return TypedResults.Ok(new ModelView(
            model.ModelId,
            model.Mode,
            model.Scope,
            model.Aggregation,
            model.ModelType,
            champion,
            Find(aliases, Aliases.Previous),
            champion is null ? [] : await replicas.Of(model.ModelId, champion.Deployment, cancellationToken),
            await versions.List(model.ModelId, cancellationToken),
            await versions.History(model.ModelId, null, cancellationToken)));
    }

    private static AliasedVersion? Find(IEnumerable<AliasedVersion> aliases, string name) =>
        aliases.SingleOrDefault(alias => alias.Alias == name);
}

/// <summary>One line of the list of models.</summary>
internal sealed record ModelSummary(
    string ModelId,
    string Mode,
    string Scope,
    string? Aggregation,
    string ModelType,
    int LastVersion,
    AliasedVersion? Champion,
    AliasedVersion? Previous);

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
