using Dapper;
using Npgsql;
using Platform.Features.Devices;
using Platform.Features.Recordings;

namespace Platform.Features.Extracting;

/// <summary>Recordings that cannot be extracted under a spec, now or later.</summary>
internal sealed class FailureStore(NpgsqlDataSource dataSource)
{
    public async Task<ExtractionFailure?> Find(Guid recordingId, string featureSpec, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT reason, detail, failed_at, duration_seconds FROM extraction_failure
            WHERE recording_id = @recordingId AND feature_spec = @featureSpec
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ExtractionFailure>(
            new CommandDefinition(sql, new { recordingId, featureSpec }, cancellationToken: cancellationToken));
    }

    /// <summary>Keeps the first failure of a recording under a spec and returns it, whoever found it.</summary>
    public async Task<ExtractionFailure> Save(
        Recording recording, string featureSpec, ExtractionFailure failure, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO extraction_failure (recording_id, feature_spec, reason, detail, failed_at, duration_seconds)
            VALUES (@RecordingId, @featureSpec, @Reason, @Detail, @FailedAt, @DurationSeconds)
            ON CONFLICT (recording_id, feature_spec) DO NOTHING
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var values = new
        {
            recording.RecordingId, featureSpec, failure.Reason, failure.Detail, failure.FailedAt, failure.DurationSeconds,
        };
        if (await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken)) == 1)
            await DeviceStore.MarkChanged(transaction, [recording.Device], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return await Find(recording.RecordingId, featureSpec, cancellationToken) ?? failure;
    }
}

/// <param name="Reason">One of the contracts' extraction failures.</param>
/// <param name="DurationSeconds">Length of the recording, where that is what is wrong with it.</param>
internal sealed record ExtractionFailure(string Reason, string Detail, DateTime FailedAt, double? DurationSeconds);
