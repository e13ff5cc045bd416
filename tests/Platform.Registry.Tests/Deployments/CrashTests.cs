using System.Net;
using System.Net.Http.Json;
using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Registry.Deployments;
using Platform.Registry.Models;
using Platform.Testing;

namespace Platform.Registry.Tests.Deployments;

/// <summary>A deployment and its message stand together or not at all, wherever the process dies.</summary>
public sealed class CrashTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task Killed_between_the_rows_of_a_deployment_and_its_message_it_leaves_neither()
    {
        var modelId = await TwoVersions();
        await using var holder = await Registry.Database.OpenConnectionAsync(CancellationToken);
        await using var hold = await holder.BeginTransactionAsync(CancellationToken);

        // The deployment's transaction has written everything but the message, and waits.
        await holder.ExecuteAsync("LOCK TABLE outbox IN EXCLUSIVE MODE", transaction: hold);
        var request = Registry.Post("deployments/rollback", new { modelId });
        await Eventually.Is(async () => await Waiting() == 1);
        await Registry.Crash(async () => await hold.RollbackAsync(CancellationToken));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => request);

        await Eventually.Is(async () => await Open(modelId));
        Assert.Equal([2L, 1L], (await Of(modelId)).Select(one => one.Deployment));
        var model = await Registry.GetModel(modelId);
        Assert.Equal((2, 1, VersionStates.Deployed), (model.Champion!.Version, model.Previous!.Version, model.Versions[1].State));
        Assert.Equal(7, model.History.Count); // of v1: publishing, registered, deployed, archived; of v2: the first three

        Assert.Equal(HttpStatusCode.Created, (await Registry.Post("deployments/rollback", new { modelId })).StatusCode);
        Assert.Equal([3L, 2L, 1L], (await Of(modelId)).Select(one => one.Deployment));
        await Eventually.Is(() => Registry.Heard<ModelDeployed>().Any(message => message.ModelId == modelId && message.Deployment == 3));
        Assert.All(Registry.Heard<ModelDeployed>().Where(message => message.ModelId == modelId && message.Deployment == 3), message => Assert.Equal(1, message.Version));
    }

    [Fact]
    public async Task Killed_after_the_deployment_and_before_its_message_was_sent_it_is_announced_by_the_next_process()
    {
        var modelId = await TwoVersions();
        await Eventually.Is(() => Registry.Heard<ModelDeployed>().Any(message => message.ModelId == modelId && message.Deployment == 2));
        await using var cable = new TcpProxy(TestServers.RabbitMq.Host, TestServers.RabbitMq.Port);
        var address = new UriBuilder(Registry.Vhost.Uri) { Host = "127.0.0.1", Port = cable.Port };

        // The only registry there is loses the broker, deploys and dies.
        await Registry.Crash(async () =>
        {
            await using var cutOff = await Registry.Start(("Bus__Uri", address.Uri.ToString()));
            await cable.Close();
            var response = await cutOff.Http.PostAsJsonAsync("deployments/rollback", new { modelId }, CancellationToken);
            Assert.Equal(HttpStatusCode.Created, response.StatusCode);
            await cutOff.Kill();
            Assert.DoesNotContain(Registry.Heard<ModelDeployed>(), message => message.ModelId == modelId && message.Deployment == 3);
        });

        await Eventually.Is(() => Registry.Heard<ModelDeployed>().Any(message => message.ModelId == modelId && message is { Deployment: 3, Version: 1 }));
        Assert.Equal(1, (await Registry.GetModel(modelId)).Champion!.Version);
    }

    [Fact]
    public async Task Killed_while_it_goes_back_from_a_refused_deployment_it_goes_back_once()
    {
        var modelId = await TwoVersions();
        await using var holder = await Registry.Database.OpenConnectionAsync(CancellationToken);
        await using var hold = await holder.BeginTransactionAsync(CancellationToken);

        await holder.ExecuteAsync("LOCK TABLE outbox IN EXCLUSIVE MODE", transaction: hold);
        await Registry.Publish(new ModelRejected(modelId, 2, 2, "predictor-a", "Golden scores differ.", DateTimeOffset.UtcNow, Permanent: true));
        await Eventually.Is(async () => await Waiting() == 1);
        await Registry.Crash(async () => await hold.RollbackAsync(CancellationToken));

        // The broker delivers the word again.
        await Eventually.Is(async () => (await Of(modelId)).Length == 3, TimeSpan.FromSeconds(30));
        await Eventually.Is(async () => (await Registry.Get<DeploymentView>($"deployments/{(await Of(modelId))[1].Id}")).Replicas.Count == 1);
        Assert.Equal([(3L, "automatic_rollback"), (2L, "deployment"), (1L, "deployment")], (await Of(modelId)).Select(one => (one.Deployment, one.Kind)));
        Assert.Single(await Registry.Get<Platform.Registry.Alerts.Alert[]>("alerts"), alert => alert.ModelId == modelId);
        Assert.Equal((1, (int?)null), ((await Registry.GetModel(modelId)).Champion!.Version, (await Registry.GetModel(modelId)).Previous?.Version));
    }

    /// <summary>Transactions that stand at the outbox with a deployment's message.</summary>
    private async Task<int> Waiting()
    {
        const string sql = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO outbox%'
            """;

        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        return await connection.ExecuteScalarAsync<int>(sql);
    }

    /// <summary>Nobody holds the model's row any more: the dead process' transaction has ended.</summary>
    private async Task<bool> Open(string modelId)
    {
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        return await connection.QuerySingleOrDefaultAsync<bool>(
            "SELECT true FROM model WHERE model_id = @modelId FOR UPDATE SKIP LOCKED", new { modelId });
    }

    private Task<Rollout[]> Of(string modelId) => Registry.Get<Rollout[]>($"deployments?modelId={Uri.EscapeDataString(modelId)}");

    // v1, then v2 as champion.
    private async Task<string> TwoVersions()
    {
        var device = await Registry.NewDevice();
        await Registry.Complete(await Registry.StartRun(device));
        var second = await Registry.StartRun(device);
        await Registry.Complete(second, await Registry.Train(second, newError: 1, oldError: 1, comparedWith: 1));
        return second.ModelId;
    }
}
