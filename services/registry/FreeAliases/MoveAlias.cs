using Npgsql;
using Platform.Contracts;
using Platform.Registry.Deployments;
using Platform.Registry.Models;

namespace Platform.Registry.FreeAliases;

/// <summary>What somebody saw before deciding to move an alias; null members do not matter.</summary>
/// <param name="Revision">From the ETag.</param>
/// <param name="Version">Where it stood.</param>
/// <param name="Absent">It must not be there yet.</param>
internal sealed record ExpectedAlias(long? Revision, int? Version, bool Absent)
{
    /// <summary>Who saw a revision or a version saw an alias, so a missing one is not what was seen.</summary>
    public bool Allows(StandingAlias? standing) => standing is null
        ? Revision is null && Version is null
        : !Absent && (Revision is null || Revision == standing.Revision) && (Version is null || Version == standing.Version);
}

/// <summary>What came of asking to move an alias or to take it away.</summary>
internal abstract record AliasOutcome
{
    /// <param name="Created">There was none of this name before.</param>
    internal sealed record Moved(long Revision, bool Created) : AliasOutcome;

    internal sealed record Removed : AliasOutcome;

    internal sealed record Unknown(string Why) : AliasOutcome;

    internal sealed record Refused(string Why) : AliasOutcome;

    /// <summary>Somebody else was faster.</summary>
    internal sealed record Stale(StandingAlias? Standing) : AliasOutcome;
}

/// <summary>Moves free aliases by compare-and-set: the model's row is locked between looking and moving.</summary>
internal sealed class MoveAlias(NpgsqlDataSource dataSource, TimeProvider time)
{
    public async Task<AliasOutcome> Move(
        string modelId, string name, int version, ExpectedAlias expected, string actor, string? reason, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (!await DeployVersion.Lock(connection, transaction, modelId, cancellationToken))
            return new AliasOutcome.Unknown($"There is no model '{modelId}'.");
        var standing = await AliasStore.Find(connection, transaction, modelId, name, cancellationToken);
        if (!expected.Allows(standing))
            return new AliasOutcome.Stale(standing);
        if (await VersionStore.Find(connection, transaction, modelId, version, cancellationToken) is not { } target)
            return new AliasOutcome.Unknown($"There is no v{version} of '{modelId}'.");
        if (target is { PackageManifestSha256: null } || !CanBeNamed.Contains(target.State))
            return new AliasOutcome.Refused($"v{version} of '{modelId}' is {target.State} and has no package that '{name}' could lead to.");

        // Saying again what stands is no move: a client that lost our answer repeats itself.
        if (standing?.Version == version)
            return new AliasOutcome.Moved(standing.Revision, Created: false);

        var move = new AliasMove(0, name, version, time.GetUtcNow().UtcDateTime, actor, reason);
        var revision = await AliasStore.Move(connection, transaction, modelId, move, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new AliasOutcome.Moved(revision, standing is null);
    }

    public async Task<AliasOutcome> Remove(
        string modelId, string name, ExpectedAlias expected, string actor, string? reason, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (!await DeployVersion.Lock(connection, transaction, modelId, cancellationToken))
            return new AliasOutcome.Unknown($"There is no model '{modelId}'.");
        var standing = await AliasStore.Find(connection, transaction, modelId, name, cancellationToken);
        if (!expected.Allows(standing))
            return new AliasOutcome.Stale(standing);
        if (standing is null)
            return new AliasOutcome.Unknown($"'{modelId}' has no alias '{name}'.");

        var move = new AliasMove(0, name, null, time.GetUtcNow().UtcDateTime, actor, reason);
        await AliasStore.Remove(connection, transaction, modelId, move, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new AliasOutcome.Removed();
    }

    // Rejected ones too: people keep names for what they want to look into.
    private static readonly string[] CanBeNamed =
        [VersionStates.Registered, VersionStates.Deployed, VersionStates.Archived, VersionStates.Rejected];
}
