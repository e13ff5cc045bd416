using System.Text.Json;

namespace Platform.Cli.Client;

/// <summary>Training policies, as the registry keeps them.</summary>
internal static class PolicyCalls
{
    public static Task<List<Policy>> GetPolicies(this PlatformClient client, CancellationToken cancellationToken) =>
        client.Registry<List<Policy>>(HttpMethod.Get, "/policies", null, cancellationToken);

    public static Task<Policy?> FindPolicy(this PlatformClient client, string path, CancellationToken cancellationToken) =>
        client.FindInRegistry<Policy>(path, cancellationToken);

    public static Task<ResolvedPolicy> GetResolvedPolicy(this PlatformClient client, string path, CancellationToken cancellationToken) =>
        client.Registry<ResolvedPolicy>(HttpMethod.Get, $"{path}/resolved", null, cancellationToken);

    public static Task<List<PolicyEdit>> GetPolicyHistory(this PlatformClient client, string path, CancellationToken cancellationToken) =>
        client.Registry<List<PolicyEdit>>(HttpMethod.Get, $"{path}/history", null, cancellationToken);

    /// <param name="changes">Field → value; null leaves it to the wider levels again.</param>
    /// <param name="revision">What the caller has seen; null when any will do.</param>
    public static Task<Policy> PatchPolicy(
        this PlatformClient client, string path, IReadOnlyDictionary<string, object?> changes, string? reason, long? revision, CancellationToken cancellationToken) =>
        client.Registry<Policy>(
            HttpMethod.Patch, path, new { parameters = changes, actor = Environment.UserName, reason }, cancellationToken, ETag(revision));

    public static Task DeletePolicy(this PlatformClient client, string path, string? reason, CancellationToken cancellationToken) =>
        client.DeleteInRegistry(
            $"{path}?actor={Uri.EscapeDataString(Environment.UserName)}{(reason is null ? "" : $"&reason={Uri.EscapeDataString(reason)}")}", cancellationToken);

    internal static string? ETag(long? revision) => revision is { } seen ? $"\"{seen}\"" : null;
}

internal sealed record Policy(
    string Level, string Name, SortedDictionary<string, JsonElement> Parameters, long Revision, DateTimeOffset ChangedAt, string ChangedBy);

/// <param name="From">Field → who says it.</param>
internal sealed record ResolvedPolicy(
    string Level, string Name, bool AutoTrain, bool RollbackOnDrift, SortedDictionary<string, JsonElement> Parameters, Dictionary<string, ValueSource> From);

internal sealed record ValueSource(string Level, string? Name, long? Revision)
{
    public override string ToString() => $"{Level}{(Name is null ? "" : $" {Name}")}{(Revision is null ? "" : $" (revision {Revision})")}";
}

internal sealed record PolicyEdit(
    long Revision, DateTimeOffset At, string Actor, string? Reason, SortedDictionary<string, JsonElement>? Before, SortedDictionary<string, JsonElement>? After);
