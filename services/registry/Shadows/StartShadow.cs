using Npgsql;
using Platform.Contracts;
using Platform.Registry.Deployments;
using Platform.Registry.Models;

namespace Platform.Registry.Shadows;

/// <summary>Body of <c>POST /models/{id}/shadow</c>.</summary>
/// <param name="Devices">For these of the model's devices; without devices and share for all of them.</param>
/// <param name="Share">For this share of the model's devices, above 0 and at most 1.</param>
internal sealed record ShadowRequest(
    int Version, IReadOnlyList<string>? Devices = null, double? Share = null, string? Reason = null, string? Actor = null);

/// <summary>What came of asking for a shadow, or for the end of one.</summary>
internal abstract record ShadowOutcome
{
    /// <param name="Created">False when it was live already, for the same devices.</param>
    internal sealed record Live(Shadow Shadow, bool Created) : ShadowOutcome;

    internal sealed record Ended(Shadow Shadow) : ShadowOutcome;

    /// <summary>Field → what is wrong and what is allowed.</summary>
    internal sealed record Wrong(string Field, string Error) : ShadowOutcome;

    internal sealed record Unknown(string Why) : ShadowOutcome;

    internal sealed record Refused(string Why) : ShadowOutcome;
}

/// <summary>Starts and drops shadows because a person says so. The lock of the model's row makes two of them at once take turns.</summary>
internal sealed class StartShadow(NpgsqlDataSource dataSource, ShadowChanges changes)
{
    public async Task<ShadowOutcome> Start(string modelId, ShadowRequest request, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (!await DeployVersion.Lock(connection, transaction, modelId, cancellationToken))
            return new ShadowOutcome.Unknown($"There is no model '{modelId}'.");
        if (await VersionStore.Find(connection, transaction, modelId, request.Version, cancellationToken) is not { } version)
            return new ShadowOutcome.Unknown($"There is no v{request.Version} of '{modelId}'.");
        if (Obstacle(version) is { } obstacle)
            return new ShadowOutcome.Refused($"v{version.Version} of '{modelId}' cannot be a shadow: {obstacle}.");
        if (Foreign(version, request.Devices) is { } foreign)
            return foreign;

        var devices = request switch
        {
            { Devices: { } listed } => [.. listed.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            { Share: { } share } => ShadowDevices.Share(version.DevicesWithThreshold, share),
            _ => version.DevicesWithThreshold,
        };
        var actor = request.Actor ?? "api";
        if (await ShadowStore.Last(connection, transaction, modelId, cancellationToken) is { State: ShadowStates.Live } live)
        {
            // Saying again what stands is no change: a client that lost our answer repeats itself.
            if (live.Version == version.Version && live.Devices.Order(StringComparer.Ordinal).SequenceEqual(devices.Order(StringComparer.Ordinal)))
                return new ShadowOutcome.Live(live, Created: false);

            var superseded = new ShadowChange(ShadowStates.Superseded, actor, $"Superseded by v{version.Version}, {devices.Count} devices.");
            await changes.End(connection, transaction, live, superseded, cancellationToken, announce: false);
        }

        var start = new ShadowStart(modelId, version.Version, devices, request.Share, actor, request.Reason ?? "Shadow started by hand.");
        var shadow = await changes.Start(connection, transaction, start, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ShadowOutcome.Live(shadow, Created: true);
    }

    public async Task<ShadowOutcome> Drop(string modelId, string? actor, string? reason, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        if (!await DeployVersion.Lock(connection, transaction, modelId, cancellationToken))
            return new ShadowOutcome.Unknown($"There is no model '{modelId}'.");
        var last = await ShadowStore.Last(connection, transaction, modelId, cancellationToken);
        if (last is not { State: ShadowStates.Live })
            return new ShadowOutcome.Refused(NoneLive(modelId, last));

        var dropped = new ShadowChange(ShadowStates.Dropped, actor ?? "api", reason ?? "Dropped by hand.");
        var shadow = await changes.End(connection, transaction, last, dropped, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ShadowOutcome.Ended(shadow);
    }

    /// <summary>Says what became of the last one, because somebody else may just have ended it.</summary>
    public static string NoneLive(string modelId, Shadow? last) => last is null
        ? $"'{modelId}' has no shadow."
        : $"'{modelId}' has no live shadow: the last one, v{last.Version}, was {last.State} by {last.Actor} at {last.ChangedAt:yyyy-MM-dd HH:mm:ss}Z.";

    private static string? Obstacle(ModelVersion version) => version switch
    {
        { State: VersionStates.Deployed } => "it is the champion already",
        { State: VersionStates.Publishing } => "its package is still being published",
        { State: VersionStates.Deleted } => "retention has taken its package away",
        { State: VersionStates.Rejected } => $"it is rejected ({(version.Refusal ?? version.Reason)?.TrimEnd('.')}), and could not be promoted",
        { PackageManifestSha256: null } => "its package was never published",
        { DevicesWithThreshold.Count: 0 } => "it has no threshold, so it could not tell normal from anomalous",
        { State: VersionStates.Registered or VersionStates.Archived } => null,
        _ => $"it is {version.State}",
    };

    private static ShadowOutcome.Wrong? Foreign(ModelVersion version, IReadOnlyList<string>? devices)
    {
        var foreign = (devices ?? []).Except(version.DevicesWithThreshold, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return foreign.Count == 0
            ? null
            : new("devices", $"v{version.Version} of '{version.ModelId}' cannot judge {Some(foreign)}; allowed are {Some(version.DevicesWithThreshold)}.");
    }

    private static string Some(IReadOnlyList<string> devices)
    {
        const int shown = 20;

        return string.Join(", ", devices.Take(shown).Select(device => $"'{device}'")) + (devices.Count > shown ? $" and {devices.Count - shown} more" : "");
    }
}
