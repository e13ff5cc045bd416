namespace Platform.Cli.Client;

/// <summary>What people should know.</summary>
internal static class AlertCalls
{
    /// <summary>Newest first.</summary>
    public static Task<List<Alert>> GetAlerts(this PlatformClient client, bool all, int limit, CancellationToken cancellationToken) =>
        client.Registry<List<Alert>>(HttpMethod.Get, $"/alerts?limit={limit}{(all ? "" : "&open=true")}", null, cancellationToken);

    public static Task<Alert> AcknowledgeAlert(this PlatformClient client, long id, string actor, CancellationToken cancellationToken) =>
        client.Registry<Alert>(HttpMethod.Post, $"/alerts/{id}/acknowledge", new { actor }, cancellationToken);
}

internal sealed record Alert(
    long Id, string Kind, string Subject, string? ModelId, int? Version, long? Deployment, Guid? BatchId, string Message, DateTimeOffset RaisedAt,
    DateTimeOffset? AcknowledgedAt, string? AcknowledgedBy);
