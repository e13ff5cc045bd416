using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Platform.Registry.Deployments;

namespace Platform.Registry.Models;

internal static class ModelEndpoints
{
    public static void MapModels(this IEndpointRouteBuilder app)
    {
        app.MapGet("/models", List);
        app.MapGet("/models/{**modelId}", Get);
    }

    private static async Task<Ok<IReadOnlyList<ModelSummary>>> List(ModelStore models, CancellationToken cancellationToken) =>
        TypedResults.Ok(await models.List(cancellationToken));

    private static async Task<Results<Ok<ModelView>, ProblemHttpResult>> Get(
        string modelId,
        ModelStore models,
        VersionStore versions,
        ReplicaStore replicas,
        NpgsqlDataSource dataSource,
        CancellationToken cancellationToken)
    {
        if (await models.Find(modelId, cancellationToken) is not { } model)
            return Problem.NotFound($"There is no model '{modelId}'.");

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var deployed = await DeploymentStore.Champion(connection, null, modelId, cancellationToken);
        var champion = deployed is null
            ? null
            : new ChampionView(
                deployed.Version, deployed.Number, deployed.Devices, deployed.Actor, deployed.Reason, deployed.DeployedAt,
                await replicas.Of(modelId, deployed.Number, cancellationToken));

        return TypedResults.Ok(new ModelView(
            modelId,
            model.Mode,
            model.Scope,
            model.Aggregation,
            model.ModelType,
            champion,
            model.Previous,
            await versions.List(modelId, cancellationToken),
            await versions.History(modelId, cancellationToken)));
    }
}

internal sealed record ModelView(
    string ModelId,
    string Mode,
    string Scope,
    string? Aggregation,
    string ModelType,
    ChampionView? Champion,
    int? Previous,
    IReadOnlyList<ModelVersion> Versions,
    IReadOnlyList<VersionEvent> History);

/// <summary>What is served, and what each predictor replica made of it.</summary>
internal sealed record ChampionView(
    int Version,
    long Deployment,
    IReadOnlyList<string> Devices,
    string Actor,
    string Reason,
    DateTime DeployedAt,
    IReadOnlyList<ReplicaState> Replicas);
