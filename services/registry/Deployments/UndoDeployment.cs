using Dapper;
using Npgsql;
using Platform.Registry.Models;

namespace Platform.Registry.Deployments;

/// <summary>
/// Goes back by itself, inside the caller's transaction, which holds the model's lock. The deployment that is undone is named, and each can be
/// named once.
/// </summary>
internal sealed class UndoDeployment(DeployVersion deployVersion)
{
    /// <summary>
    /// Keeps why a version is not to be gone back to by itself: replaced, it becomes rejected. False when something has been noted before.
    /// </summary>
    public static async Task<bool> NoteRefusal(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Deployment refused, string evidence, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE model_version SET refusal = @evidence WHERE model_id = @ModelId AND version = @Version AND refusal IS NULL
            """;

        var values = new { refused.ModelId, refused.Version, evidence };
        return await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken)) == 1;
    }

    public async Task<Deployment> GoBack(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        Deployment undone,
        int to,
        string actor,
        string reason,
        CancellationToken cancellationToken)
    {
        var version = (await VersionStore.Find(connection, transaction, undone.ModelId, to, cancellationToken))!;
        var order = new DeploymentOrder(
            undone.ModelId, to, version.DevicesWithThreshold, actor, reason, DeploymentKinds.AutomaticRollback, undone.Number);
        return await deployVersion.Deploy(connection, transaction, order, cancellationToken);
    }
}
