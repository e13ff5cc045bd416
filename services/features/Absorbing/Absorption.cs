using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Features.Absorbing;

/// <summary>
/// Says of which false alarms a deployed model has learnt, and when one does no more: after a rollback, or because a person thinks otherwise now.
/// Called in the transaction of whatever may have changed it, after the devices were marked as changed, which is what makes two such changes
/// take turns and gives the announcement its number.
/// </summary>
internal sealed class Absorption(IOutbox outbox, TimeProvider time)
{
    private const int MostPerMessage = 500;

    public async Task Refresh(NpgsqlTransaction transaction, string[] devices, CancellationToken cancellationToken)
    {
        // Who learnt it first is named, and stays named as long as any deployed model has.
        const string sql = """
            WITH learnt AS (
                SELECT DISTINCT ON (recording.recording_id) recording.recording_id, recording.device, deployment.model_id, deployment.version
                FROM (SELECT recording_id FROM recording_label WHERE label = 'verified_normal'
                      UNION
                      SELECT recording_id FROM recording WHERE label = 'verified_normal' AND device = ANY (@devices)) AS verified
                JOIN recording USING (recording_id)
                JOIN recording_verdict USING (recording_id)
                LEFT JOIN recording_label USING (recording_id)
                JOIN dataset_recording ON dataset_recording.device = recording.device AND dataset_recording.recording_id = recording.recording_id
                    AND dataset_recording.part = 'trained'
                JOIN deployment_dataset USING (dataset_id)
                JOIN deployment ON deployment.model_id = deployment_dataset.model_id AND recording.device = ANY (deployment.devices)
                WHERE recording.device = ANY (@devices) AND recording_verdict.verdict = 'anomalous'
                  AND coalesce(recording_label.label, recording.label) = 'verified_normal'
                ORDER BY recording.recording_id, deployment.model_id),
            gone AS (
                DELETE FROM absorbed
                WHERE device = ANY (@devices) AND recording_id NOT IN (SELECT recording_id FROM learnt)
                RETURNING recording_id, device),
            come AS (
                INSERT INTO absorbed (recording_id, device, model_id, version)
                SELECT recording_id, device, model_id, version FROM learnt
                ON CONFLICT (recording_id) DO NOTHING
                RETURNING recording_id, device, model_id, version)
            SELECT recording_id, device, model_id, version, device.changes AS revision
            FROM (SELECT recording_id, device, model_id, version FROM come
                  UNION ALL SELECT recording_id, device, NULL, NULL FROM gone) AS changed
            JOIN device USING (device)
            """;

        var connection = transaction.Connection!;
        var changed = await connection.QueryAsync<Changed>(
            new CommandDefinition(sql, new { devices }, transaction, cancellationToken: cancellationToken));
        foreach (var alike in changed.GroupBy(one => (one.Device, one.ModelId, one.Version, one.Revision)))
        {
            foreach (var part in alike.Select(one => one.RecordingId).Chunk(MostPerMessage))
            {
                var (device, modelId, version, revision) = alike.Key;
                var message = new FalseAlarmsAbsorbed(device, modelId is not null, modelId, version, part, revision, time.GetUtcNow());
                await outbox.Enqueue(connection, transaction, message, cancellationToken);
            }
        }
    }

    private sealed record Changed(Guid RecordingId, string Device, string? ModelId, int? Version, long Revision);
}
