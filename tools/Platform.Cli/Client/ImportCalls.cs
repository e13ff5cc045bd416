using System.Net;
using System.Net.Http.Headers;

namespace Platform.Cli.Client;

/// <summary>Models from elsewhere, and what retention does with versions.</summary>
internal static class ImportCalls
{
    /// <summary>Hands in a version; the flag says whether the same files were a version already.</summary>
    /// <param name="archive">A ZIP file from its beginning.</param>
    public static async Task<(StartedImport Import, bool Known)> PostImport(
        this PlatformClient client, Stream archive, string? modelId, int? version, string source, CancellationToken cancellationToken)
    {
        var query = $"source={Uri.EscapeDataString(source)}&actor=platform%20import-model"
            + (modelId is null ? "" : $"&modelId={Uri.EscapeDataString(modelId)}") + (version is null ? "" : $"&version={version}");
        using var body = new StreamContent(archive);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/zip");
        using var response = await client.AskRegistry(HttpMethod.Post, $"/imports?{query}", body, null, cancellationToken);
        return (await PlatformClient.Accepted<StartedImport>(response, source, cancellationToken), response.StatusCode == HttpStatusCode.OK);
    }

    public static async Task Deploy(this PlatformClient client, string modelId, int version, string reason, CancellationToken cancellationToken)
    {
        using var response = await client.AskRegistry(
            HttpMethod.Post, "/deployments", JsonBody(new { modelId, version, reason, actor = "platform import-model" }), null, cancellationToken);
        await PlatformClient.Accepted<object>(response, $"to deploy {modelId} v{version}", cancellationToken);
    }

    public static async Task<RetentionReport> StartRetention(this PlatformClient client, object plan, CancellationToken cancellationToken)
    {
        using var response = await client.AskRegistry(HttpMethod.Post, "/retention", JsonBody(plan), null, cancellationToken);
        return await PlatformClient.Accepted<RetentionReport>(response, "the sweep", cancellationToken);
    }

    public static Task<RetentionReport> GetRetention(this PlatformClient client, Guid id, CancellationToken cancellationToken) =>
        client.Registry<RetentionReport>(HttpMethod.Get, $"/retention/{id}", null, cancellationToken);

    private static System.Net.Http.Json.JsonContent JsonBody(object body) => System.Net.Http.Json.JsonContent.Create(body, options: Json.Web);
}

internal sealed record StartedImport(Guid Id, string Name, string State, string ModelId, int? Version);

internal sealed record RetentionReport(
    Guid Id, string State, string? Reason, bool DryRun, RetentionPlan Plan, RetentionResult? Result, DateTimeOffset StartedAt, DateTimeOffset? EndedAt);

internal sealed record RetentionPlan(int KeepVersions, int KeepDays, TimeSpan Grace);

internal sealed record RetentionResult(
    RetentionTally Kept, RetentionTally Marked, RetentionTally Waiting, RetentionTally Swept, RetentionTally Orphans, RetentionTally SweptOrphans,
    RetentionTally Trimmed, RetentionTally Missing);

internal sealed record RetentionTally(long Count, long Objects, long Bytes, IReadOnlyList<string> Examples);
