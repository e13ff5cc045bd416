namespace Platform.Contracts;

/// <summary>Something happened on the platform that a person should look at; raised once for each subject.</summary>
/// <param name="Kind">See <see cref="AlertKinds"/>.</param>
/// <param name="Subject">What it is about: with the kind it names the alert, e.g. the batch's id.</param>
/// <param name="Message">For people.</param>
[Announcement]
public sealed record AlertRaised(
    long AlertId,
    string Kind,
    string Subject,
    string? ModelId,
    int? Version,
    long? Deployment,
    Guid? BatchId,
    string Message,
    DateTimeOffset RaisedAt);

/// <summary>Values of <see cref="AlertRaised.Kind"/>.</summary>
public static class AlertKinds
{
    /// <summary>The gate rejected every version of a batch; nothing that is live changed.</summary>
    public const string BatchRejected = "batch_rejected";

    /// <summary>A replica could not use the package of a deployment.</summary>
    public const string DeploymentRefused = "deployment_refused";

    /// <summary>A replica could not use the package of a shadow.</summary>
    public const string ShadowRejected = "shadow_rejected";

    /// <summary>False alarms or the median score of what serves a device left the band that they had at deployment.</summary>
    public const string ChampionLeftBand = "champion_left_band";
}
