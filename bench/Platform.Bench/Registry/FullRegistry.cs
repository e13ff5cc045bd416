using System.Diagnostics;
using Dapper;
using MassTransit;
using Npgsql;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Bench.Registry;

/// <summary>The registry as a process of its own over a database that has grown for years.</summary>
internal sealed class FullRegistry : IAsyncDisposable
{
    private readonly TestDatabase database = new();
    private readonly TestVhost vhost = new();
    private readonly TestFolder folder = new();
    private ServiceProcess? service;
    private IBusControl? bus;
    private int heard;

    private FullRegistry()
    {
    }

    public int Models { get; private init; }

    public int Devices => 2 * Models;

    public HttpClient Http => service!.Http;

    /// <summary>Runs whose preparation was asked for over the bus.</summary>
    public int Heard => Volatile.Read(ref heard);

    /// <param name="models">With two versions each; as many devices again have no model yet.</param>
    public static async Task<FullRegistry> Start(int models, CancellationToken cancellationToken)
    {
        var registry = new FullRegistry { Models = models };
        await registry.database.InitializeAsync();
        await registry.vhost.InitializeAsync();
        await registry.Listen(cancellationToken);
        registry.service = await ServiceProcess.Start("registry", ServiceProcess.Settings(registry.database, "registry", registry.vhost, registry.folder.Options));
        await registry.Fill(cancellationToken);
        return registry;
    }

    /// <summary>Processor time so far: the service, all of PostgreSQL, RabbitMQ, and the clients in this process.</summary>
    public Dictionary<string, TimeSpan> Busy()
    {
        using var own = Process.GetCurrentProcess();
        using var ours = Process.GetProcessById(service!.Id);
        return new()
        {
            ["registry"] = ours.TotalProcessorTime,
            ["postgres"] = TimeOf("postgres"),
            ["rabbitmq"] = TimeOf("beam.smp"),
            ["clients"] = own.TotalProcessorTime,
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (bus is not null)
            await bus.StopAsync();
        if (service is not null)
            await service.DisposeAsync();
        await vhost.DisposeAsync();
        await database.DisposeAsync();
        folder.Dispose();
    }

    // By the name of the program: PostgreSQL writes what each process does over its command line.
    private static TimeSpan TimeOf(string name)
    {
        var sum = TimeSpan.Zero;
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                if (process.ProcessName.StartsWith(name, StringComparison.Ordinal))
                    sum += TimeOf(process);
            }
        }

        return sum;
    }

    // A connection's process may end while its time is read.
    private static TimeSpan TimeOf(Process process)
    {
        try
        {
            return process.TotalProcessorTime;
        }
        catch (InvalidOperationException)
        {
            return TimeSpan.Zero;
        }
    }

    private async Task Listen(CancellationToken cancellationToken)
    {
        bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            var address = new Uri(vhost.Uri);
            var user = address.UserInfo.Split(':');
            rabbit.Host(address.Host, (ushort)address.Port, vhost.Name, host =>
            {
                host.Username(Uri.UnescapeDataString(user[0]));
                host.Password(Uri.UnescapeDataString(user[1]));
            });
            rabbit.ReceiveEndpoint("bench", endpoint =>
            {
                endpoint.PrefetchCount = 500;
                endpoint.Handler<PrepareTraining>(_ =>
                {
                    Interlocked.Increment(ref heard);
                    return Task.CompletedTask;
                });
            });
        });
        await bus.StartAsync(cancellationToken);
    }

    private async Task Fill(CancellationToken cancellationToken)
    {
        // As the service writes them: a run and a history per version, the second version deployed and the first archived.
        const string sql = """
            INSERT INTO device (device, site, machine_type, time_zone, feature_spec, revision, changed_at)
            SELECT 'D-' || n, 'S' || n % 100, 'type' || n % 20, 'UTC', 'default', 1, now() FROM generate_series(0, @devices - 1) AS n;

            INSERT INTO run (id, name, mode, scope, model_type, model_id, devices, parameters, state, version, created_at, progressed_at, started_at, ended_at)
            SELECT gen_random_uuid(), format('device_D-%s_all_conv-ae_%s', n, v), 'device', format('D-%s_all', n), 'conv-ae', format('device/D-%s_all/conv-ae', n),
                   ARRAY['D-' || n], '{}', 'completed', v, at, at, at, at
            FROM generate_series(0, @models - 1) AS n, generate_series(1, 2) AS v, LATERAL (SELECT now() - make_interval(mins => n % 50000 + 60000 * (2 - v)) AS at) AS moment;

            INSERT INTO model (model_id, mode, scope, model_type, last_version, last_deployment, created_at)
            SELECT model_id, mode, scope, model_type, 2, 2, min(created_at) FROM run GROUP BY model_id, mode, scope, model_type;

            INSERT INTO model_version (model_id, version, run_id, state, accepted, reason, label, devices, dataset_id, spec_hash, package_prefix, package_manifest_sha256,
                                       thresholds, new_error_db2, created_at, registered_at)
            SELECT model_id, version, id, CASE version WHEN 2 THEN 'deployed' ELSE 'archived' END, true, 'Deployed.', '1.' || version - 1, devices, 'dataset-1', 'spec-1',
                   format('models/%s/v%s', model_id, version), md5(id::text) || md5(name), jsonb_build_array(jsonb_build_object(
                       'device', devices[1], 'detector', 'reconstruction', 'threshold', 0.25, 'recordings', 8)), 1.5, created_at, created_at
            FROM run;

            INSERT INTO version_history (model_id, version, state, at, actor, reason)
            SELECT model_id, version, s, created_at, 'registry', 'Deployed.' FROM run, unnest(ARRAY['publishing', 'registered', 'deployed']) AS s;

            INSERT INTO deployment (model_id, deployment, version, devices, actor, reason, deployed_at)
            SELECT model_id, version, version, devices, 'registry', 'Deployed.', created_at FROM run;

            INSERT INTO alias (model_id, name, version, deployment)
            SELECT model_id, CASE version WHEN 2 THEN 'champion' ELSE 'previous' END, version, version FROM run;
            """;

        await using var source = NpgsqlDataSource.Create(database.ConnectionString("registry"));
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, new { models = Models, devices = Devices }, commandTimeout: 600, cancellationToken: cancellationToken));

        // What autovacuum has long done in a database of that age, and would do now in the middle of the measurement.
        await connection.ExecuteAsync(new CommandDefinition("VACUUM ANALYZE", commandTimeout: 600, cancellationToken: cancellationToken));
    }
}
