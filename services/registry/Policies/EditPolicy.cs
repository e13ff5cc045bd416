using System.Text.Json;
using Npgsql;
using Platform.Registry.Devices;
using Platform.Registry.Runs;
using Platform.Registry.Scopes;

namespace Platform.Registry.Policies;

/// <summary>Body of <c>PUT</c> and <c>PATCH /policies/…</c>.</summary>
internal sealed record PolicyRequest(JsonElement? Parameters = null, string? Actor = null, string? Reason = null);

/// <summary>Who edits, why, and which revision they have seen.</summary>
internal sealed record Editor(string Actor, string? Reason, ETags.Wanted Seen);

/// <summary>What came of an edit.</summary>
internal abstract record EditOutcome<T>
{
    internal sealed record Done(T? Now, bool Created) : EditOutcome<T>;

    /// <summary>Field → what is wrong and what is allowed.</summary>
    internal sealed record Refused(IReadOnlyDictionary<string, string> Errors) : EditOutcome<T>;

    internal sealed record Unknown(string Why) : EditOutcome<T>;

    /// <param name="Revision">0 when there is nothing any more.</param>
    internal sealed record Changed(long Revision) : EditOutcome<T>;
}

/// <summary>Edits one policy: its row and the line in its history stand together, and of two edits at once the second sees the first.</summary>
internal sealed class EditPolicy(NpgsqlDataSource dataSource, DeviceStore devices, TimeProvider time)
{
    /// <param name="change">From what stands (null for nothing) to what is to stand; null deletes.</param>
    public async Task<EditOutcome<Policy>> Edit(
        PolicyKey key, Editor editor, Func<PartialParameters?, PartialParameters?> change, CancellationToken cancellationToken)
    {
        var machine = key.Level == PolicyLevels.Device ? (await devices.Known([key.Name], cancellationToken)).SingleOrDefault() : null;
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        await PolicyStore.Lock(connection, transaction, key, cancellationToken);
        var before = await PolicyStore.Find(connection, transaction, key, cancellationToken);
        if (!editor.Seen.Allows(before?.Revision ?? 0))
            return new EditOutcome<Policy>.Changed(before?.Revision ?? 0);

        var wanted = change(before?.Parameters);
        if (wanted is null && before is null)
            return new EditOutcome<Policy>.Unknown($"There is no policy of {key}.");

        var now = time.GetUtcNow().UtcDateTime;
        var edit = new PolicyEdit(0, now, editor.Actor, editor.Reason, before?.Parameters, wanted);
        var revision = await PolicyStore.AddEdit(connection, transaction, key, edit, cancellationToken);
        if (wanted is null)
        {
            await PolicyStore.Delete(connection, transaction, key, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return new EditOutcome<Policy>.Done(null, Created: false);
        }

        var policy = new Policy(key.Level, key.Name, wanted, revision, now, editor.Actor);
        if (await Check(connection, transaction, policy, machine, cancellationToken) is { Count: > 0 } errors)
            return new EditOutcome<Policy>.Refused(errors);

        await PolicyStore.Save(connection, transaction, policy, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new EditOutcome<Policy>.Done(policy, Created: before is null);
    }

    /// <summary>
    /// With the wider levels as they are now: a warm-up of 3 000 steps may be right or wrong by the plant's budget. A wider policy that is edited
    /// later may still make a combination that cannot be trained; the run that meets it is refused and says so.
    /// </summary>
    private static async Task<IReadOnlyDictionary<string, string>> Check(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Policy policy, KnownDevice? machine, CancellationToken cancellationToken)
    {
        var layers = new List<ParameterLayer> { PolicyBook.LayerOf(policy) };
        foreach (var wider in PolicyResolution.LevelsOf(policy.Level, policy.Name, machine?.MachineType, machine?.Site).Skip(1))
        {
            if (await PolicyStore.Find(connection, transaction, wider, cancellationToken) is { } found)
                layers.Add(PolicyBook.LayerOf(found));
        }

        return TrainingParameterRules.Check(PolicyResolution.Resolve(layers).Parameters);
    }
}
