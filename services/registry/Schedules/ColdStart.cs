using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Registry.Policies;
using Platform.Registry.Runs;
using Platform.Registry.Scopes;

namespace Platform.Registry.Schedules;

/// <summary>
/// Starts the first training of a device as soon as it has enough recordings and its policy wants that (<c>autoTrain</c>). One that came to nothing
/// is repeated only when there is a fifth more data, so that a device that cannot be trained costs a few runs and not one for each recording.
/// </summary>
internal sealed partial class ColdStart(NpgsqlDataSource dataSource, PolicyStore policies, QueueRuns queue, TimeProvider time, ILogger<ColdStart> logger)
{
    private static readonly ParameterSource Source = new(RunOrigins.ColdStart);

    /// <summary>Looks at one device, whose data has changed.</summary>
    public async Task Consider(string device, CancellationToken cancellationToken)
    {
        foreach (var candidate in await Candidates(device, cancellationToken))
        {
            var book = new PolicyBook(await policies.Find(PolicyKeys.ForDevice(candidate.Known), cancellationToken));
            await TryStart(candidate, book, cancellationToken);
        }
    }

    /// <summary>Looks at all devices: a policy has changed, a device was announced after its data, or nobody was there to hear.</summary>
    public async Task ConsiderAll(CancellationToken cancellationToken)
    {
        var book = new PolicyBook(await policies.All(cancellationToken));
        if (!book.AnyAutoTrain)
            return;
        foreach (var candidate in await Candidates(null, cancellationToken))
            await TryStart(candidate, book, cancellationToken);
    }

    private async Task TryStart(Candidate candidate, PolicyBook book, CancellationToken cancellationToken)
    {
        var device = candidate.Known;
        var selection = new ScopeSelection(ScopeModes.Device, Device: device.Device);
        var scope = ModelScope.ForDevice(device.Device, ModelTypes.Default).WithDevices([device.Device]);
        var says = PartialParameters.None.With("mode", TrainingModes.ColdStart);
        var known = new Dictionary<string, KnownDevice> { [device.Device] = device };
        var run = RunPlan.For(selection, scope, [new(Source, says)], book, known, origin: RunOrigins.ColdStart);
        if (!run.Resolved.AutoTrain || candidate.Usable < run.Resolved.Parameters.MinSamples)
            return;
        if (run.Check() is { Count: > 0 } errors)
        {
            LogRefused(device.Device, string.Join(' ', errors.Values));
            return;
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // First the run: whoever comes second waits here until the first has committed, and then finds the run or, if that is over already, its note.
        if (await queue.Queue(connection, transaction, [run], cancellationToken) is not [var queued]
            || !await Note(connection, transaction, candidate, queued.RunId, cancellationToken))
        {
            return;
        }

        await transaction.CommitAsync(cancellationToken);
        LogStarted(device.Device, candidate.Usable, queued.RunName);
    }

    /// <summary>Devices without a model, without an active run, and with more data than the last automatic attempt had.</summary>
    private async Task<IReadOnlyList<Candidate>> Candidates(string? device, CancellationToken cancellationToken)
    {
        // A version that waits for a person is a model; one without a threshold can never be served and is not.
        const string sql = """
            SELECT candidate.device, candidate.site, candidate.machine_type, data.usable
            FROM device AS candidate
            JOIN (SELECT device, pending + trained AS usable FROM device_data) AS data USING (device)
            CROSS JOIN LATERAL (SELECT 'device/' || candidate.device || '_all/' || @modelType AS model_id) AS own
            LEFT JOIN cold_start USING (device)
            WHERE (@device::text IS NULL OR candidate.device = @device)
                AND data.usable > 0
                AND (cold_start.device IS NULL OR data.usable > cold_start.recordings AND data.usable * 5 >= cold_start.recordings * 6)
                AND NOT EXISTS (SELECT FROM alias WHERE alias.model_id = own.model_id AND alias.name = 'champion')
                AND NOT EXISTS (SELECT FROM run WHERE run.model_id = own.model_id AND run.state IN ('queued', 'preparing', 'running'))
                AND NOT EXISTS (
                    SELECT FROM model_version AS version
                    WHERE version.model_id = own.model_id AND version.state = 'registered' AND version.thresholds <> '[]')
                AND NOT EXISTS (
                    SELECT FROM model JOIN alias USING (model_id) JOIN deployment USING (model_id, deployment)
                    WHERE model.mode <> 'device' AND alias.name = 'champion' AND candidate.device = ANY (deployment.devices))
            ORDER BY candidate.device
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(string Device, string Site, string MachineType, int Usable)>(
            new CommandDefinition(sql, new { device, modelType = ModelTypes.Default }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => new Candidate(new(row.Device, row.Site, row.MachineType), row.Usable))];
    }

    /// <returns>False when somebody was faster with the same data.</returns>
    private async Task<bool> Note(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Candidate candidate, Guid runId, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO cold_start (device, recordings, run_id, at)
            VALUES (@Device, @Usable, @runId, @now)
            ON CONFLICT (device) DO UPDATE
            SET recordings = excluded.recordings, run_id = excluded.run_id, at = excluded.at
            WHERE excluded.recordings > cold_start.recordings AND excluded.recordings * 5 >= cold_start.recordings * 6
            """;

        var values = new { candidate.Known.Device, candidate.Usable, runId, now = time.GetUtcNow().UtcDateTime };
        return await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken)) == 1;
    }

    private sealed record Candidate(KnownDevice Known, int Usable);

    [LoggerMessage(Level = LogLevel.Information, Message = "Device {Device} has {Recordings} usable recordings and no model: {RunName} starts")]
    private partial void LogStarted(string device, int recordings, string runName);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Device {Device} cannot be trained by its policies: {Errors}")]
    private partial void LogRefused(string device, string errors);
}
