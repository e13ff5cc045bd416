using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Ingest;

internal sealed class QuarantineStore(NpgsqlDataSource dataSource)
{
    /// <summary>False when the recording is in quarantine already.</summary>
    public async Task<bool> Quarantine(FeatureExtractionFailed failed, string objectKey, CancellationToken cancellationToken)
    {
        const string sql = """
            UPDATE recording SET state = 'quarantined', object_key = @objectKey, reason = @Reason, detail = @Detail
            WHERE id = @RecordingId AND state = 'archived'
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var parameters = new { failed.RecordingId, failed.Reason, failed.Detail, objectKey };
        return await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken)) == 1;
    }
}
