using System.Net;
using System.Text.Json;
using Platform.Contracts;
using Platform.Registry.Deployments;
using Platform.Testing;

namespace Platform.Registry.Tests.Deployments;

public sealed class DeploymentTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task Rolling_back_is_a_new_deployment_of_an_old_version()
    {
        var modelId = await TwoVersions();

        var response = await Registry.Post("deployments", new { modelId, version = 1, reason = "v2 raises false alarms", actor = "ada" });

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var model = await Registry.GetModel(modelId);
        Assert.Equal((1, 3L, "ada", 2), (model.Champion!.Version, model.Champion.Deployment, model.Champion.Actor, model.Previous!.Version));
        Assert.Equal([VersionStates.Deployed, VersionStates.Archived], model.Versions.Select(version => version.State));
        Assert.Equal((VersionStates.Deployed, "ada", "v2 raises false alarms"), (model.History[^1].State, model.History[^1].Actor, model.History[^1].Reason));
        Assert.Equal(modelId, (await Registry.GetModel(Uri.EscapeDataString(modelId))).ModelId);
        Assert.Equal([3L, 2L, 1L], (await Registry.Get<ModelDeployed[]>($"deployments?modelId={modelId}")).Select(one => one.Deployment));
        await Eventually.Is(() => Registry.Heard<ModelDeployed>().Any(message => message.ModelId == modelId && message is { Deployment: 3, Version: 1 }));

        var current = (await Registry.Get<ModelDeployed[]>("deployments/current")).Single(one => one.ModelId == modelId);
        var announced = Registry.Heard<ModelDeployed>().Single(message => message.ModelId == modelId && message.Deployment == 3);
        Assert.Equal(JsonSerializer.Serialize(announced), JsonSerializer.Serialize(current));
    }

    [Fact]
    public async Task Many_deployments_at_once_get_numbers_without_gaps_and_one_champion()
    {
        var modelId = await TwoVersions();

        var responses = await Task.WhenAll(Enumerable.Range(0, 16).Select(
            number => Registry.Post("deployments", new { modelId, version = (number % 2) + 1 })));

        // Deploying what is deployed already is refused, so some are; which ones depends on the order.
        var deployed = responses.Count(response => response.StatusCode == HttpStatusCode.Created);
        Assert.All(responses, response => Assert.Contains(response.StatusCode, new[] { HttpStatusCode.Created, HttpStatusCode.Conflict }));
        var numbers = (await Registry.Get<ModelDeployed[]>($"deployments/{modelId}")).Select(one => one.Deployment).Order();
        Assert.Equal(Enumerable.Range(1, 2 + deployed).Select(number => (long)number), numbers);
        Assert.Single((await Registry.GetModel(modelId)).Versions, version => version.State == VersionStates.Deployed);
    }

    [Fact]
    public async Task A_version_without_threshold_cannot_be_deployed()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        await Registry.Complete(run, await Registry.Train(run, threshold: false));

        var response = await Registry.Post("deployments", new { modelId = run.ModelId, version = 1 });

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Contains("has no threshold", await response.Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
        Assert.Null((await Registry.GetModel(run.ModelId)).Champion);
        Assert.DoesNotContain(await Registry.Get<ModelDeployed[]>("deployments/current"), one => one.ModelId == run.ModelId);
    }

    [Fact]
    public async Task A_person_may_deploy_what_waits_for_one_and_what_the_gate_rejected()
    {
        var device = await Registry.NewDevice();
        var first = await Registry.Complete(await Registry.StartRun(device, new { autoDeploy = false }));
        Assert.Null((await Registry.GetModel(first.ModelId)).Champion);
        Assert.Equal(HttpStatusCode.Created, (await Registry.Post("deployments", new { modelId = first.ModelId, version = 1 })).StatusCode);

        var second = await Registry.StartRun(device);
        await Registry.Complete(second, await Registry.Train(second, newError: 100, oldError: 1, comparedWith: 1));
        var unforced = await Registry.Post("deployments", new { modelId = first.ModelId, version = 2 });
        Assert.Equal(HttpStatusCode.Conflict, unforced.StatusCode);
        Assert.Contains("Rejected: worse than v1", await unforced.Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await Registry.Post("deployments", new { modelId = first.ModelId, version = 2, force = true })).StatusCode);

        Assert.Equal((2, 1), ((await Registry.GetModel(first.ModelId)).Champion!.Version, (await Registry.GetModel(first.ModelId)).Previous!.Version));
    }

    [Theory]
    [InlineData("device/NOBODY_all/conv-ae", 1, HttpStatusCode.NotFound, "There is no model")]
    [InlineData("", 1, HttpStatusCode.BadRequest, "modelId: it is missing")]
    [InlineData("a\0b", 1, HttpStatusCode.BadRequest, "U+0000")]
    [InlineData("device/NOBODY_all/conv-ae", 0, HttpStatusCode.BadRequest, "version: 0 is out of range")]
    public async Task What_cannot_be_deployed_is_named(string modelId, int version, HttpStatusCode status, string detail)
    {
        var response = await Registry.Post("deployments", new { modelId, version });

        Assert.Equal(status, response.StatusCode);
        Assert.Contains(detail, await response.Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_version_and_the_champion_itself_are_refused()
    {
        var modelId = await TwoVersions();

        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Post("deployments", new { modelId, version = 3 })).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await Registry.Post("deployments", new { modelId, version = 2 })).StatusCode);
        Assert.Equal(1, (await Registry.GetModel(modelId)).Previous!.Version);
    }

    [Fact]
    public async Task The_model_shows_what_each_replica_made_of_the_deployment()
    {
        var run = await Registry.Complete(await Registry.StartRun(await Registry.NewDevice()));

        await Registry.Publish(new ModelLoaded(run.ModelId, 1, 1, "predictor-a", 12.5, DateTimeOffset.UtcNow));
        await Registry.Publish(new ModelRejected(run.ModelId, 1, 1, "predictor-b", "No memory.", DateTimeOffset.UtcNow));

        (string, string, string?)[] expected = [("predictor-a", "loaded", null), ("predictor-b", "rejected", "No memory.")];
        await Eventually.Is(async () => expected.SequenceEqual(
            (await Registry.GetModel(run.ModelId)).Replicas.Select(replica => (replica.Replica, replica.State, replica.Reason))));
    }

    [Fact]
    public async Task The_latest_word_of_a_replica_counts_in_whatever_order_its_words_arrive()
    {
        var replicas = new ReplicaStore(Registry.Database);
        var at = DateTimeOffset.UtcNow;

        await replicas.Keep(new ModelRejected("m", 1, 1, "predictor-a", "The golden scores differ.", at), CancellationToken);
        await replicas.Keep(new ModelLoaded("m", 1, 1, "predictor-a", 30, at.AddSeconds(5)), CancellationToken);
        await replicas.Keep(new ModelRejected("m", 1, 1, "predictor-a", "An older word.", at.AddSeconds(2)), CancellationToken);

        var state = Assert.Single(await replicas.Of("m", 1, CancellationToken));
        Assert.Equal(("loaded", (string?)null, 30.0), (state.State, state.Reason, state.LoadMilliseconds));
    }

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
