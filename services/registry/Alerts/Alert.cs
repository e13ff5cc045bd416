using Platform.Contracts;

namespace Platform.Registry.Alerts;

/// <summary>What people should know, as it stands in the database and as the API shows it.</summary>
internal sealed record Alert(
    long Id,
    string Kind,
    string Subject,
    string? ModelId,
    int? Version,
    long? Deployment,
    Guid? BatchId,
    string Message,
    DateTime RaisedAt,
    DateTime? AcknowledgedAt,
    string? AcknowledgedBy);

/// <summary>What is about to be raised; kind and subject name it, and each name is raised once.</summary>
/// <param name="Kind">See <see cref="AlertKinds"/>.</param>
internal sealed record NewAlert(
    string Kind, string Subject, string Message, string? ModelId = null, int? Version = null, long? Deployment = null, Guid? BatchId = null);
