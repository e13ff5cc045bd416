using Npgsql;
using Platform.Contracts;
using Platform.Registry.Models;
using Platform.Registry.Shadows;

namespace Platform.Registry.Deployments;

/// <summary>Body of <c>POST /deployments</c>.</summary>
/// <param name="Force">Also a version that the gate rejected or a replica refused.</param>
internal sealed record DeploymentRequest(string ModelId, int Version, string? Reason = null, string? Actor = null, bool Force = false);

/// <summary>Body of <c>POST /deployments/rollback</c>.</summary>
/// <param name="To">Null for the version that was served before.</param>
internal sealed record RollbackRequest(string ModelId, int? To = null, string? Reason = null, string? Actor = null, bool Force = false);

/// <summary>What came of asking for a deployment.</summary>
internal abstract record DeployOutcome
{
    internal sealed record Deployed(Deployment Deployment) : DeployOutcome;

    internal sealed record Unknown(string Why) : DeployOutcome;

    internal sealed record Refused(string Why) : DeployOutcome;
}

/// <summary>
/// Deploys a version because a person says so: forwards, back to an earlier one, or one that the gate rejected. Each time it is a
/// new deployment with the next number.
/// </summary>
internal sealed class DeployByHand(NpgsqlDataSource dataSource, DeployVersion deployVersion)
{
    public async Task<DeployOutcome> Deploy(DeploymentRequest request, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (!await DeployVersion.Lock(connection, transaction, request.ModelId, cancellationToken))
            return NoSuchModel(request.ModelId);
        var wish = new Wish(
            request.ModelId, request.Version, DeploymentKinds.Deployment, request.Actor, request.Reason ?? "Deployed by hand.", request.Force);
        return await Deploy(connection, transaction, wish, cancellationToken);
    }

    public async Task<DeployOutcome> RollBack(RollbackRequest request, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (!await DeployVersion.Lock(connection, transaction, request.ModelId, cancellationToken))
            return NoSuchModel(request.ModelId);
        if (await DeploymentStore.Champion(connection, transaction, request.ModelId, cancellationToken) is not { } champion)
            return new DeployOutcome.Refused($"Nothing of '{request.ModelId}' is deployed, so there is nothing to go back from.");
        if ((request.To ?? await DeployedAliases.WayBack(connection, transaction, request.ModelId, cancellationToken)) is not { } version)
            return new DeployOutcome.Refused(
                $"'{request.ModelId}' has no version to go back to: no other one was served that is neither rejected nor deleted. Name one ('to') to deploy it all the same.");

        var wish = new Wish(
            request.ModelId, version, DeploymentKinds.Rollback, request.Actor, request.Reason ?? $"Rolled back from v{champion.Version} by hand.", request.Force);
        return await Deploy(connection, transaction, wish, cancellationToken);
    }

    /// <summary>Deploys the live shadow's version. Of two people at once the second learns what the first one did.</summary>
    public async Task<DeployOutcome> Promote(string modelId, PromotionRequest request, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (!await DeployVersion.Lock(connection, transaction, modelId, cancellationToken))
            return NoSuchModel(modelId);
        var shadow = await ShadowStore.Last(connection, transaction, modelId, cancellationToken);
        if (shadow is not { State: ShadowStates.Live })
            return new DeployOutcome.Refused(StartShadow.NoneLive(modelId, shadow));
        if (request.Version is { } seen && seen != shadow.Version)
            return new DeployOutcome.Refused($"The live shadow of '{modelId}' is v{shadow.Version}, not v{seen}.");

        var reason = request.Reason ?? $"Promoted: v{shadow.Version} was a shadow of {shadow.Devices.Length} devices since {shadow.StartedAt:yyyy-MM-dd HH:mm:ss}Z.";
        return await Deploy(
            connection, transaction, new(modelId, shadow.Version, DeploymentKinds.Deployment, request.Actor, reason, Force: false), cancellationToken);
    }

    private async Task<DeployOutcome> Deploy(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Wish wish, CancellationToken cancellationToken)
    {
        if (await VersionStore.Find(connection, transaction, wish.ModelId, wish.Version, cancellationToken) is not { } version)
            return new DeployOutcome.Unknown($"There is no v{wish.Version} of '{wish.ModelId}'.");
        if (Obstacle(version, wish.Force) is { } obstacle)
            return new DeployOutcome.Refused($"v{version.Version} of '{version.ModelId}' cannot be deployed: {obstacle}.");

        var order = new DeploymentOrder(
            version.ModelId, version.Version, version.DevicesWithThreshold, wish.Actor ?? "api", wish.Reason, wish.Kind);
        var deployment = await deployVersion.Deploy(connection, transaction, order, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new DeployOutcome.Deployed(deployment);
    }

    private static string? Obstacle(ModelVersion version, bool force) => version switch
    {
        { State: VersionStates.Publishing } => "its package is still being published",
        { State: VersionStates.Deleted } => "retention has taken its package away",
        { PackageManifestSha256: null } => "its package was never published",
        // Again, it would be its own predecessor. One that a replica refused may have been mended, so that another attempt makes sense.
        { State: VersionStates.Deployed } when version.Refusal is null || !force => "it is deployed already",
        { DevicesWithThreshold.Count: 0 } => "it has no threshold, so it could not tell normal from anomalous",
        { State: VersionStates.Rejected } when !force => $"it is rejected ({(version.Refusal ?? version.Reason)?.TrimEnd('.')}); 'force' deploys it all the same",
        { State: VersionStates.Registered or VersionStates.Archived or VersionStates.Rejected or VersionStates.Deployed } => null,
        _ => $"it is {version.State}",
    };

    private static DeployOutcome.Unknown NoSuchModel(string modelId) => new($"There is no model '{modelId}'.");

    private sealed record Wish(string ModelId, int Version, string Kind, string? Actor, string Reason, bool Force);
}
