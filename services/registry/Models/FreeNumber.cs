using Dapper;
using Npgsql;
using Platform.Hosting;

namespace Platform.Registry.Models;

/// <summary>
/// Finds the next version number whose place in the store is free. The registry's counter alone is not enough when the database was restored
/// from an older backup: the versions made since then still stand in the store, and replicas may still serve them under their numbers.
/// </summary>
/// <remarks>
/// Any object makes a place taken, even what is left of a package, so that nothing is ever written where a sweep may be deleting. In a registry
/// that lost nothing the counter is ahead of the store, so this gives the counter's next number and leaves no gap.
/// </remarks>
internal sealed partial class FreeNumber(NpgsqlDataSource dataSource, IObjectStore objects, ILogger<FreeNumber> logger)
{
    public async Task<int> Find(string modelId, CancellationToken cancellationToken)
    {
        var number = await LastNumber(modelId, cancellationToken) + 1;
        while (await IsTaken(modelId, number, cancellationToken))
        {
            LogPassedOver(modelId, number);
            number++;
        }

        return number;
    }

    public async Task<bool> IsTaken(string modelId, int version, CancellationToken cancellationToken)
    {
        await foreach (var _ in objects.List($"models/{modelId}/v{version}/", cancellationToken))
            return true;
        return false;
    }

    private async Task<int> LastNumber(string modelId, CancellationToken cancellationToken)
    {
        const string sql = "SELECT coalesce(max(last_version), 0) FROM model WHERE model_id = @modelId";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<int>(new CommandDefinition(sql, new { modelId }, cancellationToken: cancellationToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Passed over {ModelId} v{Version}: objects stand in its place that no row knows; was the database restored?")]
    private partial void LogPassedOver(string modelId, int version);
}
