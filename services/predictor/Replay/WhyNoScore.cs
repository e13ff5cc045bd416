using Dapper;
using Npgsql;

namespace Platform.Predictor.Replay;

/// <summary>Why there is nothing to say about a recording: nobody knows it, or it waits for a model.</summary>
internal sealed class WhyNoScore(NpgsqlDataSource dataSource)
{
    internal async Task<(int Status, string Detail)> Of(Guid recordingId, CancellationToken cancellationToken)
    {
        const string sql = "SELECT device, reason, detail FROM unscored WHERE recording_id = @recordingId ORDER BY noted_at DESC LIMIT 1";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var waiting = await connection.QuerySingleOrDefaultAsync<Waiting>(
            new CommandDefinition(sql, new { recordingId }, cancellationToken: cancellationToken));
        return waiting is null
            ? (StatusCodes.Status404NotFound, $"No recording {recordingId} has a score here, and none waits for one: its features may not be extracted yet, or have failed.")
            : (StatusCodes.Status409Conflict, $"Recording {recordingId} of {waiting.Device} has no score yet ({waiting.Reason}): {waiting.Detail}");
    }

    private sealed record Waiting(string Device, string Reason, string Detail);
}
