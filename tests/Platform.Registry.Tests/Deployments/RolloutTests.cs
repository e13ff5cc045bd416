using System.Net;
using Dapper;
using Platform.Contracts;
using Platform.Registry.Deployments;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.Deployments;

/// <summary>Who runs what. A class of its own, because signs of life concern all models.</summary>
public sealed class RolloutTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task A_deployment_shows_which_replica_runs_it_and_is_live_when_all_that_live_do()
    {
        await Registry.Publish(new ReplicaAlive("predictor-a", DateTimeOffset.UtcNow, DateTimeOffset.UtcNow));
        await Registry.Publish(new ReplicaAlive("predictor-b", DateTimeOffset.UtcNow, DateTimeOffset.UtcNow));
        var run = await Registry.Complete(await Registry.StartRun(await Registry.NewDevice()));
        var id = (await Registry.Get<Rollout[]>($"deployments/{run.ModelId}")).Single().Id;
        await Eventually.Is(async () => (await View()).Replicas.Select(one => (one.Replica, one.State, one.Alive))
            .SequenceEqual([("predictor-a", "pending", true), ("predictor-b", "pending", true)]));
        Assert.Equal("rolling_out", (await View()).State);

        await Registry.Publish(new ModelLoaded(run.ModelId, 1, 1, "predictor-a", 12.5, DateTimeOffset.UtcNow));
        await Registry.Publish(new ModelLoaded(run.ModelId, 1, 1, "predictor-gone", 9, DateTimeOffset.UtcNow));
        await Eventually.Is(async () => (await View()).Replicas.Count(one => one.State == "loaded") == 2);
        Assert.Equal("rolling_out", (await View()).State);

        await Registry.Publish(new ModelLoaded(run.ModelId, 1, 1, "predictor-b", 14, DateTimeOffset.UtcNow));
        await Eventually.Is(async () => (await View()).State == "live");
        Assert.Equal(
            [("predictor-a", "loaded", 12.5, true), ("predictor-b", "loaded", 14.0, true), ("predictor-gone", "loaded", 9.0, false)],
            (await View()).Replicas.Select(one => (one.Replica, one.State, one.LoadMilliseconds!.Value, one.Alive)));

        Task<DeploymentView> View() => Registry.Get<DeploymentView>($"deployments/{id}");
    }

    [Fact]
    public async Task A_registry_restored_from_a_backup_deploys_above_what_replicas_serve()
    {
        var run = await Registry.Complete(await Registry.StartRun(await Registry.NewDevice()));

        // Deployments 2 to 7 were made after the backup; two replicas say so, one of them twice.
        var ahead = new ModelLoaded(run.ModelId, 4, 7, "predictor-x", 9, DateTimeOffset.UtcNow);
        await Task.WhenAll(Registry.Publish(ahead), Registry.Publish(ahead with { Replica = "predictor-y" }), Registry.Publish(ahead));

        await Eventually.Is(() => Registry.Heard<ModelDeployed>().Any(message => message.ModelId == run.ModelId && message is { Deployment: 8, Version: 1 }));
        await Eventually.Is(async () => (await new ReplicaStore(Registry.Database).Of(run.ModelId, 7, CancellationToken)).Count(one => one.State == "loaded") == 2);
        var deployments = await Registry.Get<Rollout[]>($"deployments/{run.ModelId}");
        Assert.Equal([(8L, 1L), (1L, null)], deployments.Select(one => (one.Deployment, one.Replaces)));
        Assert.Contains("serves v4 as deployment 7, which this registry never made", deployments[0].Reason, StringComparison.Ordinal);
        Assert.Equal((1, 8L), ((await Registry.GetModel(run.ModelId)).Champion!.Version, (await Registry.GetModel(run.ModelId)).Champion!.Deployment));
        Assert.Null((await Registry.GetModel(run.ModelId)).Previous);
    }

    [Fact]
    public async Task What_a_lost_replica_loaded_is_forgotten_and_what_it_refused_is_not()
    {
        const string modelId = "device/lost_all/conv-ae";
        var replicas = new ReplicaStore(Registry.Database);
        foreach (var pod in new[] { "pod-old", "pod-new" })
        {
            await replicas.Keep(new ReplicaAlive(pod, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow), CancellationToken);
            await replicas.Keep(new ModelLoaded(modelId, 1, 1, pod, 9, DateTimeOffset.UtcNow), CancellationToken);
            await replicas.Keep(new ModelRejected(modelId, 2, 2, pod, "Corrupt.", DateTimeOffset.UtcNow, Permanent: true), CancellationToken);
        }

        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        await connection.ExecuteAsync("UPDATE replica SET seen_at = now() - interval '8 days' WHERE replica = 'pod-old'");
        await replicas.ForgetLost(CancellationToken);

        Assert.Equal(["pod-new"], (await replicas.Of(modelId, 1, CancellationToken)).Select(one => one.Replica));
        Assert.Equal(["pod-new", "pod-old"], (await replicas.Of(modelId, 2, CancellationToken)).Select(one => one.Replica));

        // Nobody is heard at all: nobody is forgotten.
        await connection.ExecuteAsync("UPDATE replica SET seen_at = now() - interval '8 days'");
        await replicas.ForgetLost(CancellationToken);
        Assert.Equal(["pod-new"], (await replicas.Of(modelId, 1, CancellationToken)).Select(one => one.Replica));
        await connection.ExecuteAsync("DELETE FROM replica");
    }

    [Fact]
    public async Task Deployments_are_listed_newest_first_by_page_and_filter()
    {
        var device = await Registry.NewDevice();
        var run = await Registry.Complete(await Registry.StartRun(device));
        for (var version = 1; version < 4; version++)
            run = await Next(device, version);
        await Registry.Post("deployments/rollback", new { modelId = run.ModelId });

        var query = $"deployments?device={device}";
        var all = await Registry.Get<Rollout[]>(query);
        Assert.Equal([5L, 4L, 3L, 2L, 1L], all.Select(one => one.Deployment));
        Assert.Equal([null, 1L, 2L, 3L, 4L], all.Reverse().Select(one => one.Replaces));
        var first = await Registry.Get<Rollout[]>($"{query}&limit=2");
        Assert.Equal([3L, 2L], (await Registry.Get<Rollout[]>($"{query}&limit=2&after={first[^1].Id}")).Select(one => one.Deployment));
        Assert.Equal([5L, 3L], (await Registry.Get<Rollout[]>($"{query}&version=3")).Select(one => one.Deployment));
        Assert.Equal([5L], (await Registry.Get<Rollout[]>($"{query}&kind=rollback")).Select(one => one.Deployment));
        Assert.Equal([4L, 3L, 2L, 1L], (await Registry.Get<Rollout[]>($"{query}&state=replaced")).Select(one => one.Deployment));
        Assert.Equal(all.Select(one => one.Id), (await Registry.Get<Rollout[]>($"deployments/{Uri.EscapeDataString(run.ModelId)}")).Select(one => one.Id));
        Assert.Empty(await Registry.Get<Rollout[]>("deployments?device=NOBODY"));
    }

    [Theory]
    [InlineData("deployments?kind=sideways", "allowed are deployment, rollback, automatic_rollback")]
    [InlineData("deployments?state=done", "'done' is not a state of a deployment")]
    [InlineData("deployments?limit=0", "0 is out of range")]
    [InlineData("deployments?version=x", "x")]
    public async Task A_query_that_makes_no_sense_is_named(string path, string detail)
    {
        var response = await Registry.Http.GetAsync(path, CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(detail, await response.Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_deployment_is_not_found() =>
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync("deployments/123456789", CancellationToken)).StatusCode);

    private async Task<Run> Next(string device, int champion)
    {
        var run = await Registry.StartRun(device);
        return await Registry.Complete(run, await Registry.Train(run, newError: 1, oldError: 1, comparedWith: champion));
    }
}
