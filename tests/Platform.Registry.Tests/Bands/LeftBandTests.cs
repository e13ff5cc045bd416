using System.Net;
using System.Net.Http.Json;
using Platform.Contracts;
using Platform.Registry.Alerts;
using Platform.Registry.Deployments;
using Platform.Registry.Models;
using Platform.Testing;

namespace Platform.Registry.Tests.Bands;

/// <summary>A champion whose median score or false alarms left the band that they had at deployment.</summary>
public sealed class LeftBandTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task It_raises_one_alert_for_each_measure_and_device_and_stays_unless_the_policy_says_otherwise()
    {
        var (device, modelId) = await Versions(2);
        await using var other = await Registry.Start();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Registry.Publish(Left(device, modelId, 2, 2))));
        await Registry.Publish(Left(device, modelId, 2, 2) with { Measure = BandMeasures.FalseAlarms, Current = 0.4 });
        await Eventually.Is(async () => (await Alerts(modelId)).Length == 2);
        await Heard();

        var alerts = await Alerts(modelId);
        Assert.Equal(2, alerts.Length);
        Assert.All(alerts, alert => Assert.Equal((AlertKinds.ChampionLeftBand, 2, 2L), (alert.Kind, alert.Version!.Value, alert.Deployment!.Value)));
        Assert.Contains(alerts, alert => alert.Message.Contains($"The share of false alarms of {device} is 0.4, outside 0.5 to 0.7 (0.6 at deployment 2)", StringComparison.Ordinal));
        Assert.All(alerts, alert => Assert.Contains("(rollbackOnDrift) leaves this to people", alert.Message, StringComparison.Ordinal));
        Assert.Equal(2, (await Registry.GetModel(modelId)).Champion!.Version);
    }

    [Fact]
    public async Task Where_the_policy_says_so_it_is_rolled_back_once_and_what_was_gone_back_to_stays()
    {
        var (device, modelId) = await Versions(3);
        await Policy($"device/{device}", rollbackOnDrift: true);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Registry.Publish(Left(device, modelId, 3, 3))));
        await Eventually.Is(async () => (await Registry.GetModel(modelId)).Champion!.Version == 2);
        await Registry.Publish(Left(device, modelId, 3, 3));

        // The machine itself has changed: v2 is no better.
        await Registry.Publish(Left(device, modelId, 2, 4));
        await Eventually.Is(async () => (await Alerts(modelId)).Length == 2);
        await Heard();

        var deployments = await Registry.Get<Rollout[]>($"deployments?modelId={Uri.EscapeDataString(modelId)}");
        Assert.Equal([(2, "automatic_rollback", (long?)3), (3, "deployment", null), (2, "deployment", null), (1, "deployment", null)],
            deployments.Select(one => (one.Version, one.Kind, one.RollsBack)));
        Assert.Equal("rolled_back", deployments[1].State);
        var alerts = await Alerts(modelId);
        Assert.Contains("Rolled back to v2, as the policy", alerts[1].Message, StringComparison.Ordinal);
        Assert.Contains("it is itself what was gone back to", alerts[0].Message, StringComparison.Ordinal);

        // Nothing leads back to it by itself; a person may.
        var model = await Registry.GetModel(modelId);
        Assert.Equal((VersionStates.Rejected, 1), (model.Versions[2].State, model.Previous!.Version));
        Assert.Contains("left its band", model.Versions[2].Refusal, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await Registry.Post("deployments", new { modelId, version = 3 })).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await Registry.Post("deployments", new { modelId, version = 3, force = true })).StatusCode);
    }

    [Fact]
    public async Task What_a_person_went_back_to_is_not_undone_by_the_registry()
    {
        var (device, modelId) = await Versions(2);
        await Policy($"device/{device}", rollbackOnDrift: true);
        await Registry.Post("deployments/rollback", new { modelId });

        await Registry.Publish(Left(device, modelId, 1, 3));
        await Eventually.Is(async () => (await Alerts(modelId)).Length == 1);

        Assert.Equal(1, (await Registry.GetModel(modelId)).Champion!.Version);
    }

    [Fact]
    public async Task A_late_word_about_a_deployment_that_is_live_no_more_changes_nothing()
    {
        var (device, modelId) = await Versions(2);
        await Policy($"device/{device}", rollbackOnDrift: true);

        await Registry.Publish(Left(device, modelId, 1, 1));
        await Registry.Publish(Left(device, "device/NOBODY_all/conv-ae", 1, 1));
        await Heard();

        Assert.Empty(await Alerts(modelId));
        Assert.Equal(2, (await Registry.GetModel(modelId)).Champion!.Version);
    }

    [Fact]
    public async Task Without_anything_to_go_back_to_it_stays_and_is_not_refused()
    {
        var (device, modelId) = await Versions(1);
        await Policy($"device/{device}", rollbackOnDrift: true);

        await Registry.Publish(Left(device, modelId, 1, 1));
        await Eventually.Is(async () => (await Alerts(modelId)).Length == 1);

        Assert.Contains("nothing to go back to", (await Alerts(modelId))[0].Message, StringComparison.Ordinal);
        var version = (await Registry.GetModel(modelId)).Versions[0];
        Assert.Equal((VersionStates.Deployed, null), (version.State, version.Refusal));
    }

    [Fact]
    public async Task The_policy_is_found_at_the_level_of_whom_the_model_is_for()
    {
        var (device, modelId) = await Versions(2, "S-BAND", "crusher");
        await Policy("machine_type/crusher", rollbackOnDrift: true);
        await Policy("site/S-BAND", rollbackOnDrift: false);
        var resolved = await Registry.Get<System.Text.Json.JsonElement>($"policies/device/{device}/resolved");
        Assert.True(resolved.GetProperty("rollbackOnDrift").GetBoolean());
        Assert.Equal("machine_type", resolved.GetProperty("from").GetProperty("rollbackOnDrift").GetProperty("level").GetString());

        await Registry.Publish(Left(device, modelId, 2, 2));

        await Eventually.Is(async () => (await Registry.GetModel(modelId)).Champion!.Version == 1);
    }

    private static ChampionLeftBand Left(string device, string modelId, int version, long deployment) => new(
        device, modelId, version, deployment, BandMeasures.MedianScore, Baseline: 0.6, Low: 0.5, High: 0.7, Current: 0.9, DateTimeOffset.UtcNow);

    private async Task Policy(string path, bool rollbackOnDrift)
    {
        var response = await Registry.Http.PutAsJsonAsync($"policies/{path}", new { parameters = new { rollbackOnDrift } }, CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(CancellationToken));
    }

    /// <summary>Whatever was published before has been consumed: one queue, and what came later has had its consequence.</summary>
    private async Task Heard()
    {
        var (device, modelId) = await Versions(1);
        await Registry.Publish(Left(device, modelId, 1, 1));
        await Eventually.Is(async () => (await Alerts(modelId)).Length == 1);
        await Eventually.Is(async () => (await Registry.Vhost.Queues())["registry-champion-left-band"].GetProperty("messages").GetInt32() == 0);
    }

    private async Task<Alert[]> Alerts(string modelId) =>
        [.. (await Registry.Get<Alert[]>("alerts?limit=500")).Where(alert => alert.ModelId == modelId)];

    private async Task<(string Device, string ModelId)> Versions(int count, string site = "S001", string machineType = "pump")
    {
        var device = await Registry.NewDevice(site, machineType);
        var modelId = "";
        for (var version = 1; version <= count; version++)
        {
            var run = await Registry.StartRun(device);
            await Registry.Complete(run, version == 1 ? null : await Registry.Train(run, newError: 1, oldError: 1, comparedWith: version - 1));
            modelId = run.ModelId;
        }

        return (device, modelId);
    }
}
