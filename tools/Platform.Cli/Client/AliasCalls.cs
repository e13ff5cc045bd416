namespace Platform.Cli.Client;

/// <summary>Movable names of versions.</summary>
internal static class AliasCalls
{
    public static Task<List<NamedVersion>?> FindAliases(this PlatformClient client, string modelId, CancellationToken cancellationToken) =>
        client.FindInRegistry<List<NamedVersion>>($"/models/{modelId}/aliases", cancellationToken);

    /// <param name="expectedVersion">Where the caller saw it; the registry refuses when it stands elsewhere. Null for anywhere.</param>
    public static Task<MovedAlias> PutAlias(
        this PlatformClient client, string modelId, string name, int version, int? expectedVersion, string? reason, string actor, CancellationToken cancellationToken) =>
        client.Registry<MovedAlias>(
            HttpMethod.Put, $"/models/{modelId}/aliases/{Uri.EscapeDataString(name)}", new { version, expectedVersion, reason, actor }, cancellationToken);

    public static Task DeleteAlias(
        this PlatformClient client, string modelId, string name, int? expectedVersion, string? reason, string actor, CancellationToken cancellationToken)
    {
        var expected = expectedVersion is null ? "" : $"&expectedVersion={expectedVersion}";
        var because = reason is null ? "" : $"&reason={Uri.EscapeDataString(reason)}";
        return client.DeleteInRegistry($"/models/{modelId}/aliases/{Uri.EscapeDataString(name)}?actor={Uri.EscapeDataString(actor)}{expected}{because}", cancellationToken);
    }
}

/// <param name="Revision">Null for champion and previous, which move with deployments.</param>
internal sealed record NamedVersion(string Name, int Version, string? Label, long? Revision, DateTimeOffset MovedAt, string Actor, string? Reason);

internal sealed record MovedAlias(string Name, int Version, long Revision);
