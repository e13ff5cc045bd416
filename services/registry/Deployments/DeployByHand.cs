using Npgsql;
using Platform.Contracts;
using Platform.Registry.Models;

namespace Platform.Registry.Deployments;

/// <summary>Body of <c>POST /deployments</c>.</summary>
internal sealed record DeploymentRequest(string ModelId, int Version, string? Reason = null, string? Actor = null);

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
            return new DeployOutcome.Unknown($"There is no model '{request.ModelId}'.");
        if (await VersionStore.Find(connection, transaction, request.ModelId, request.Version, cancellationToken) is not { } version)
            return new DeployOutcome.Unknown($"There is no v{request.Version} of '{request.ModelId}'.");
        if (Obstacle(version) is { } obstacle)
            return new DeployOutcome.Refused($"v{version.Version} of '{version.ModelId}' cannot be deployed: {obstacle}.");

        var order = new DeploymentOrder(
            version.ModelId, version.Version, version.DevicesWithThreshold, request.Actor ?? "api", request.Reason ?? "Deployed by hand.");
        var deployment = await deployVersion.Deploy(connection, transaction, order, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new DeployOutcome.Deployed(deployment);
    }

    private static string? Obstacle(ModelVersion version) => version switch
    {
        { State: VersionStates.Publishing } => "its package is still being published",
        { State: VersionStates.Deleted } => "retention has taken its package away",
        { PackageManifestSha256: null } => "its package was never published",
        // Again, it would become its own predecessor, and the way back were lost.
        { State: VersionStates.Deployed } => "it is deployed already",
        { DevicesWithThreshold.Count: 0 } => "it has no threshold, so it could not tell normal from anomalous",
        _ => null,
    };
}
