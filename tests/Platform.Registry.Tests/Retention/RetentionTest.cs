using System.Net;
using System.Net.Http.Json;
using Dapper;
using Platform.Registry.Models;
using Platform.Registry.Retention;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.Retention;

/// <summary>Versions, sweeps and the passing of time, for the tests of retention.</summary>
public abstract class RetentionTest(RegistryFixture registry) : RegistryTest(registry)
{
    /// <summary>So many versions of a new device's model, none of them deployed. Returns the model and the runs.</summary>
    private protected async Task<(string ModelId, IReadOnlyList<Run> Runs)> NewVersions(int count)
    {
        var device = await Registry.NewDevice();
        var runs = new List<Run>();
        for (var number = 0; number < count; number++)
            runs.Add(await Registry.Complete(await Registry.StartRun(device, new { autoDeploy = false })));
        return (runs[0].ModelId, runs);
    }

    /// <summary>Deploys versions in this order, each so many days ago.</summary>
    private protected async Task Deploy(string modelId, params (int Version, int DaysAgo)[] deployments)
    {
        foreach (var (version, daysAgo) in deployments)
        {
            Assert.Equal(HttpStatusCode.Created, (await Registry.Post("deployments", new { modelId, version })).StatusCode);
            await Execute(
                "UPDATE deployment SET deployed_at = deployed_at - make_interval(days => @daysAgo) WHERE model_id = @modelId AND version = @version",
                new { modelId, version, daysAgo });
        }
    }

    private protected async Task<RetentionReport> Sweep(object plan)
    {
        var response = await Registry.Post("retention", plan);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var id = (await response.Content.ReadFromJsonAsync<RetentionReport>(CancellationToken))!.Id;
        await Eventually.Is(async () => (await Registry.Get<RetentionReport>($"retention/{id}")).State != "running", TimeSpan.FromMinutes(30));
        var report = await Registry.Get<RetentionReport>($"retention/{id}");
        Assert.True(report.State == "completed", report.Reason);
        return report;
    }

    private protected async Task<IEnumerable<(int, string)>> States(string modelId) =>
        (await Registry.GetModel(modelId)).Versions.Select(version => (version.Version, version.State));

    private protected async Task<List<string>> Keys(string prefix)
    {
        var keys = new List<string>();
        await foreach (var item in Registry.Objects.List(prefix, CancellationToken))
            keys.Add(item.Key);
        return keys;
    }

    /// <summary>As if so many days had passed since everything that retention has written down.</summary>
    private protected async Task LetPass(int days)
    {
        await Execute("UPDATE model_version SET deleted_at = deleted_at - make_interval(days => @days) WHERE state = 'deleted'", new { days });
        await Execute("UPDATE retention_orphan SET first_seen = first_seen - make_interval(days => @days), newest_at = newest_at - make_interval(days => @days)", new { days });
        await Execute("UPDATE run SET ended_at = ended_at - make_interval(days => @days) WHERE ended_at IS NOT NULL", new { days });
        foreach (var file in Directory.EnumerateFiles(Registry.StoreFolder, "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddDays(-days));
    }

    private protected async Task Execute(string sql, object? values = null)
    {
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: CancellationToken));
    }
}
