namespace Platform.Cli.Client;

/// <summary>What the registry tells about models.</summary>
internal static class ModelCalls
{
    /// <param name="query">Filters, order and page, without the question mark.</param>
    public static Task<Page<ModelLine>> GetModels(this PlatformClient client, string query, CancellationToken cancellationToken) =>
        client.Registry<Page<ModelLine>>(HttpMethod.Get, $"/models?{query}", null, cancellationToken);

    public static async Task<ModelVersion?> FindVersion(this PlatformClient client, string modelId, int version, CancellationToken cancellationToken) =>
        (await client.FindInRegistry<Answer>($"/models/{modelId}/versions/{version}", cancellationToken))?.Version;

    private sealed record Answer(ModelVersion Version);
}

internal sealed record ModelLine(
    string ModelId, int LastVersion, VersionName? Champion, VersionName? Previous, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt);

internal sealed record VersionName(int Version, string Label, long Deployment, DateTimeOffset DeployedAt)
{
    public override string ToString() => $"v{Version} ({Label})";
}
