using System.Net;
using System.Net.Http.Json;
using Platform.Contracts;
using Platform.Registry.Alerts;
using Platform.Registry.Deployments;
using Platform.Registry.Models;
using Platform.Testing;

namespace Platform.Registry.Tests.Deployments;

/// <summary>Going back: by hand, and by itself when a replica finds a package at fault.</summary>
public sealed class RollbackTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task Without_a_version_a_rollback_takes_what_was_served_before_and_is_a_new_deployment()
    {
        var modelId = await Versions(3);

        var first = await RollBack(new { modelId, reason = "v3 is too loud", actor = "ada" });
        var second = await RollBack(new { modelId, to = 1 });

        Assert.Equal((2, 4L, "rollback", 3L, "ada"), (first.Version, first.Deployment, first.Kind, first.Replaces!.Value, first.Actor));
        Assert.Equal((1, 5L), (second.Version, second.Deployment));
        Assert.True(second.Id > first.Id);
        Assert.Equal((1, 2), await ChampionAndPrevious(modelId));
        Assert.Equal((VersionStates.Archived, "ada", "Replaced by v2."), Last(await Registry.GetModel(modelId), 3));
    }

    [Fact]
    public async Task There_is_no_way_back_to_nothing_and_none_to_a_rejected_version_without_force()
    {
        var device = await Registry.NewDevice();
        var run = await Registry.Complete(await Registry.StartRun(device));
        var rejected = await Registry.StartRun(device);
        await Registry.Complete(rejected, await Registry.Train(rejected, newError: 100, oldError: 1, comparedWith: 1));

        var nowhere = await Registry.Post("deployments/rollback", new { modelId = run.ModelId });
        var unforced = await Registry.Post("deployments/rollback", new { modelId = run.ModelId, to = 2 });

        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.Conflict), (nowhere.StatusCode, unforced.StatusCode));
        Assert.Contains("no version to go back to", await nowhere.Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
        Assert.Contains("'force' deploys it", await unforced.Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
        Assert.Equal(2, (await RollBack(new { modelId = run.ModelId, to = 2, force = true })).Version);
    }

    [Theory]
    [InlineData("device/NOBODY_all/conv-ae", null, HttpStatusCode.NotFound, "There is no model")]
    [InlineData("", null, HttpStatusCode.BadRequest, "modelId: it is missing")]
    [InlineData("device/NOBODY_all/conv-ae", 0, HttpStatusCode.BadRequest, "to: 0 is out of range")]
    public async Task A_rollback_that_makes_no_sense_is_named(string modelId, int? to, HttpStatusCode status, string detail)
    {
        var response = await Registry.Post("deployments/rollback", new { modelId, to });

        Assert.Equal(status, response.StatusCode);
        Assert.Contains(detail, await response.Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deployment_that_replicas_refuse_is_undone_once_with_one_alert_and_nothing_leads_back_to_it()
    {
        var modelId = await Versions(3);
        await using var other = await Registry.Start();

        // Several replicas, each of them twice, spread over two registries.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Registry.Publish(Refusal(modelId, 3, 3, $"predictor-{number % 4}"))));

        await Eventually.Is(async () => (await Of(modelId)).Length == 4);
        await EveryWordIsKept(modelId, 3, 4);
        var deployments = await Of(modelId);
        Assert.Equal([4L, 3L, 2L, 1L], deployments.Select(one => one.Deployment));
        Assert.Equal(("automatic_rollback", 2, 3L, "registry"), (deployments[0].Kind, deployments[0].Version, deployments[0].RollsBack!.Value, deployments[0].Actor));
        Assert.Equal(["rolling_out", "rolled_back", "replaced", "replaced"], deployments.Select(one => one.State));

        var model = await Registry.GetModel(modelId);
        Assert.Equal([VersionStates.Archived, VersionStates.Deployed, VersionStates.Rejected], model.Versions.Select(version => version.State));
        Assert.Contains("model.pth' is corrupt", model.Versions[2].Refusal, StringComparison.Ordinal);
        Assert.Contains("model.pth' is corrupt", Last(model, 3).Reason, StringComparison.Ordinal);
        Assert.Equal((2, 1), (model.Champion!.Version, model.Previous!.Version));

        var alert = Assert.Single(await Alerts(modelId));
        Assert.Equal((AlertKinds.DeploymentRefused, 3, 3L), (alert.Kind, alert.Version!.Value, alert.Deployment!.Value));
        Assert.EndsWith("Rolled back to v2 (deployment 4).", alert.Message, StringComparison.Ordinal);
        await Eventually.Is(() => Registry.Heard<ModelDeployed>().Any(message => message.ModelId == modelId && message is { Deployment: 4, Version: 2 }));
        Assert.Single(Registry.Heard<AlertRaised>(), raised => raised.ModelId == modelId);

        Assert.Equal(HttpStatusCode.Conflict, (await Registry.Post("deployments", new { modelId, version = 3 })).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await Registry.Post("deployments", new { modelId, version = 3, force = true })).StatusCode);
        Assert.Null((await Registry.GetModel(modelId)).Versions[2].Refusal);
    }

    [Fact]
    public async Task A_reason_that_may_pass_and_a_late_word_change_nothing()
    {
        var modelId = await Versions(2);

        await Registry.Publish(Refusal(modelId, 2, 2, "predictor-a") with { Permanent = false });
        await Registry.Publish(Refusal(modelId, 1, 1, "predictor-a"));
        await EveryWordIsKept(modelId, 2, 1);
        await EveryWordIsKept(modelId, 1, 1);

        Assert.Equal((2, 1), await ChampionAndPrevious(modelId));
        Assert.Empty(await Alerts(modelId));
        Assert.Equal(2, (await Of(modelId)).Length);
    }

    [Fact]
    public async Task An_automatic_rollback_that_is_refused_as_well_is_left_to_people()
    {
        var modelId = await Versions(3);

        await Registry.Publish(Refusal(modelId, 3, 3, "predictor-a"));
        await Eventually.Is(async () => (await Of(modelId)).Length == 4);
        await Registry.Publish(Refusal(modelId, 2, 4, "predictor-a"));
        await Registry.Publish(Refusal(modelId, 2, 4, "predictor-b"));
        await EveryWordIsKept(modelId, 4, 2);
        await Eventually.Is(async () => (await Alerts(modelId)).Length == 2);

        Assert.Equal((4L, "refused"), ((await Of(modelId))[0].Deployment, (await Of(modelId))[0].State));
        Assert.Contains("nothing to go back to", (await Alerts(modelId))[0].Message, StringComparison.Ordinal);

        // A person goes further back; neither of the refused ones is what previous leads to.
        Assert.Equal(1, (await RollBack(new { modelId })).Version);
        var model = await Registry.GetModel(modelId);
        Assert.Equal([VersionStates.Deployed, VersionStates.Rejected, VersionStates.Rejected], model.Versions.Select(version => version.State));
        Assert.Null(model.Previous);
    }

    [Fact]
    public async Task The_first_deployment_of_all_stays_and_raises_an_alert()
    {
        var modelId = await Versions(1);

        await Registry.Publish(Refusal(modelId, 1, 1, "predictor-a"));
        await Registry.Publish(Refusal(modelId, 1, 1, "predictor-b"));
        await EveryWordIsKept(modelId, 1, 2);

        await Eventually.Is(async () => (await Alerts(modelId)).Length == 1);
        var deployment = Assert.Single(await Of(modelId));
        Assert.Equal("refused", deployment.State);
        Assert.Equal((1, VersionStates.Deployed), ((await Registry.GetModel(modelId)).Champion!.Version, (await Registry.GetModel(modelId)).Versions[0].State));

        // Mended by hand: another attempt of the same version.
        Assert.Equal(HttpStatusCode.Conflict, (await Registry.Post("deployments", new { modelId, version = 1 })).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await Registry.Post("deployments", new { modelId, version = 1, force = true })).StatusCode);
        Assert.Equal(["rolling_out", "replaced"], (await Of(modelId)).Select(one => one.State));
        Assert.Null((await Registry.GetModel(modelId)).Previous);
    }

    [Fact]
    public async Task A_deployment_that_replaces_a_refused_one_leaves_it_rejected()
    {
        var device = await Registry.NewDevice();
        var run = await Registry.Complete(await Registry.StartRun(device));
        await Registry.Publish(Refusal(run.ModelId, 1, 1, "predictor-a"));
        await Eventually.Is(async () => (await Alerts(run.ModelId)).Length == 1);

        // Its package is of no use to the trainer either, so nothing was compared.
        await Registry.Complete(await Registry.StartRun(device));

        var model = await Registry.GetModel(run.ModelId);
        Assert.Equal([VersionStates.Rejected, VersionStates.Deployed], model.Versions.Select(version => version.State));
        Assert.Null(model.Previous);
    }

    private static ModelRejected Refusal(string modelId, int version, long deployment, string replica) => new(
        modelId, version, deployment, replica, "Object 'model.pth' is corrupt.", DateTimeOffset.UtcNow, Permanent: true);

    private async Task<DeploymentView> RollBack(object body)
    {
        var response = await Registry.Post("deployments/rollback", body);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync(CancellationToken));
        var view = (await response.Content.ReadFromJsonAsync<DeploymentView>(CancellationToken))!;
        Assert.Equal($"/deployments/{view.Id}", response.Headers.Location!.ToString());
        return view;
    }

    private Task<Rollout[]> Of(string modelId) => Registry.Get<Rollout[]>($"deployments?modelId={Uri.EscapeDataString(modelId)}");

    private async Task<Alert[]> Alerts(string modelId) =>
        [.. (await Registry.Get<Alert[]>("alerts")).Where(alert => alert.ModelId == modelId)];

    private async Task<(int Champion, int? Previous)> ChampionAndPrevious(string modelId)
    {
        var model = await Registry.GetModel(modelId);
        return (model.Champion!.Version, model.Previous?.Version);
    }

    private static (string State, string Actor, string Reason) Last(ModelView model, int version)
    {
        var last = model.History.Last(step => step.Version == version);
        return (last.State, last.Actor, last.Reason);
    }

    /// <summary>A word is kept after its consequences, so whatever it changes has changed then.</summary>
    private async Task EveryWordIsKept(string modelId, long deployment, int replicas)
    {
        var id = (await Of(modelId)).Single(one => one.Deployment == deployment).Id;
        await Eventually.Is(async () => (await Registry.Get<DeploymentView>($"deployments/{id}")).Replicas.Count(one => one.State == "rejected") == replicas);
    }

    // v1 … vN, each deployed after the other.
    private async Task<string> Versions(int count)
    {
        var device = await Registry.NewDevice();
        var run = await Registry.Complete(await Registry.StartRun(device));
        for (var version = 1; version < count; version++)
        {
            run = await Registry.StartRun(device);
            await Registry.Complete(run, await Registry.Train(run, newError: 1, oldError: 1, comparedWith: version));
        }

        return run.ModelId;
    }
}
