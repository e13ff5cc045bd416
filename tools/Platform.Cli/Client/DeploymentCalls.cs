namespace Platform.Cli.Client;

/// <summary>What is served where, and going back.</summary>
internal static class DeploymentCalls
{
    public static Task<Rollout> Deploy(
        this PlatformClient client, string modelId, int version, string? reason, string actor, bool force, CancellationToken cancellationToken) =>
        client.Registry<Rollout>(HttpMethod.Post, "/deployments", new { modelId, version, reason, actor, force }, cancellationToken);

    /// <param name="to">Null for what was served before.</param>
    public static Task<Rollout> RollBack(
        this PlatformClient client, string modelId, int? to, string? reason, string actor, bool force, CancellationToken cancellationToken) =>
        client.Registry<Rollout>(HttpMethod.Post, "/deployments/rollback", new { modelId, to, reason, actor, force }, cancellationToken);

    /// <summary>With its replicas.</summary>
    public static Task<Rollout?> FindDeployment(this PlatformClient client, long id, CancellationToken cancellationToken) =>
        client.FindInRegistry<Rollout>($"/deployments/{id}", cancellationToken);

    /// <summary>Newest first, without replicas.</summary>
    /// <param name="query">Filters, without the question mark.</param>
    public static Task<List<Rollout>> GetDeployments(this PlatformClient client, string query, CancellationToken cancellationToken) =>
        client.Registry<List<Rollout>>(HttpMethod.Get, $"/deployments?{query}", null, cancellationToken);
}

/// <param name="Id">Names it on the whole platform.</param>
/// <param name="Deployment">Its number among those of the model.</param>
/// <param name="State"><c>rolling_out | live | refused | rolled_back | replaced</c></param>
/// <param name="Replicas">Null in a list.</param>
internal sealed record Rollout(
    long Id, string ModelId, long Deployment, int Version, string? Label, string Kind, string State, long? Replaces, long? RollsBack,
    IReadOnlyList<string> Devices, string Actor, string Reason, DateTimeOffset DeployedAt, IReadOnlyList<Replica>? Replicas);

/// <param name="State"><c>loaded | rejected | pending</c></param>
internal sealed record Replica(
    [property: System.Text.Json.Serialization.JsonPropertyName("replica")] string Name,
    string State, string? Reason, bool Permanent, double? LoadMilliseconds, DateTimeOffset? At, bool Alive);
