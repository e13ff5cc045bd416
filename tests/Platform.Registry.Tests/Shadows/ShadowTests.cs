using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Registry.Alerts;
using Platform.Registry.Deployments;
using Platform.Registry.Models;
using Platform.Registry.Shadows;
using Platform.Testing;

namespace Platform.Registry.Tests.Shadows;

/// <summary>Versions beside the champion, from their start to what becomes of them.</summary>
public sealed class ShadowTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task A_shadow_is_announced_with_all_that_a_replica_needs_and_the_champion_stays()
    {
        var modelId = await Versions(2);

        var shadow = await Start(modelId, new { version = 2, reason = "quieter?", actor = "ada" });

        Assert.Equal((2, ShadowStates.Live, "ada", "quieter?"), (shadow.Version, shadow.State, shadow.Actor, shadow.Reason));
        await Eventually.Is(() => Announced(modelId).Count == 1);
        var version = (await Registry.GetModel(modelId)).Versions[1];
        var message = Announced(modelId)[0];
        Assert.Equal(
            (shadow.Id, 2, shadow.Revision, "device", version.PackagePrefix, version.PackageManifestSha256, version.SpecHash),
            (message.ShadowId, message.Version, message.Revision, message.Mode, message.PackagePrefix, message.PackageManifestSha256, message.SpecHash));
        Assert.Equal(version.DevicesWithThreshold, message.Devices);
        Assert.Equal((1, VersionStates.Registered), ((await Registry.GetModel(modelId)).Champion!.Version, version.State));
        Assert.DoesNotContain(Registry.Heard<ModelDeployed>(), one => one.ModelId == modelId && one.Version == 2);

        var current = (await Registry.Get<ShadowDeployed[]>("shadows/current")).Single(one => one.ModelId == modelId);
        Assert.Equal(JsonSerializer.Serialize(message), JsonSerializer.Serialize(current));
    }

    [Fact]
    public async Task Saying_again_what_stands_is_no_change_and_another_shadow_supersedes()
    {
        var modelId = await Versions(3);
        var first = await Start(modelId, new { version = 2 });

        var again = await Registry.Post($"models/{modelId}/shadow", new { version = 2 });
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(first.Id, (await again.Content.ReadFromJsonAsync<Shadow>(CancellationToken))!.Id);
        var second = await Start(modelId, new { version = 3, actor = "bob" });

        Assert.True(second.Revision > first.Revision + 1);
        var view = await Registry.Get<ShadowView>($"models/{modelId}/shadow");
        Assert.Equal((second.Id, 3), (view.Shadow.Id, view.Shadow.Version));
        Assert.Equal(
            [(3, ShadowStates.Live, "bob"), (2, ShadowStates.Superseded, "bob"), (2, ShadowStates.Live, "api")],
            view.History.Select(line => (line.Version, line.State, line.Actor)));
        await Eventually.Is(() => Announced(modelId).Count == 2);
        Assert.Equal([2, 3], Announced(modelId).Select(one => one.Version));
    }

    [Fact]
    public async Task A_share_of_the_devices_is_drawn_once_and_the_same_for_everybody()
    {
        var devices = await Devices("S-SHARE", 10);
        var modelId = await VersionsOf(new { mode = "site", site = "S-SHARE" }, devices, 2);

        var third = await Start(modelId, new { version = 2, share = 0.3 });
        await Drop(modelId);
        var same = await Start(modelId, new { version = 2, share = 0.3 });
        await Drop(modelId);
        var half = await Start(modelId, new { version = 2, share = 0.5 });
        await Drop(modelId);
        var listed = await Start(modelId, new { version = 2, devices = new[] { devices[3], devices[1], devices[3] } });

        Assert.Equal((3, 5), (third.Devices.Length, half.Devices.Length));
        Assert.Equal(third.Devices, same.Devices);
        Assert.Empty(third.Devices.Except(half.Devices));
        Assert.Equal(((double?)0.3, (double?)null), (third.Share, listed.Share));
        Assert.Equal(new[] { devices[1], devices[3] }.Order(StringComparer.Ordinal), listed.Devices);
    }

    [Fact]
    public async Task What_cannot_be_a_shadow_is_refused_with_the_reason()
    {
        var device = await Registry.NewDevice();
        var run = await Registry.Complete(await Registry.StartRun(device));
        var rejected = await Registry.StartRun(device);
        await Registry.Complete(rejected, await Registry.Train(rejected, newError: 100, oldError: 1, comparedWith: 1));
        var blind = await Registry.StartRun(device);
        await Registry.Complete(blind, await Registry.Train(blind, newError: 1, oldError: 1, comparedWith: 1, threshold: false));
        await Registry.Complete(await Registry.StartRun(device, new { autoDeploy = false }));

        await Refused(run.ModelId, new { version = 1 }, HttpStatusCode.Conflict, "it is the champion already");
        await Refused(run.ModelId, new { version = 2 }, HttpStatusCode.Conflict, "it is rejected");
        await Refused(run.ModelId, new { version = 3 }, HttpStatusCode.Conflict, "has no threshold");
        await Refused(run.ModelId, new { version = 9 }, HttpStatusCode.NotFound, "There is no v9");
        await Refused("device/NOBODY_all/conv-ae", new { version = 1 }, HttpStatusCode.NotFound, "There is no model");
        await Refused(run.ModelId, new { version = 0 }, HttpStatusCode.BadRequest, "versions start at 1");
        await Refused(run.ModelId, new { version = 4, devices = new[] { device, "LT-9999" } }, HttpStatusCode.BadRequest, $"cannot judge 'LT-9999'; allowed are '{device}'");
        await Refused(run.ModelId, new { version = 4, devices = Array.Empty<string>() }, HttpStatusCode.BadRequest, "a list of 1 to");
        await Refused(run.ModelId, new { version = 4, share = 0 }, HttpStatusCode.BadRequest, "share: 0 is out of range; allowed is above 0 and at most 1");
        await Refused(run.ModelId, new { version = 4, share = 1.5 }, HttpStatusCode.BadRequest, "1.5 is out of range");
        await Refused(run.ModelId, new { version = 4, share = 0.5, devices = new[] { device } }, HttpStatusCode.BadRequest, "allowed is one of the two");
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync($"models/{run.ModelId}/shadow", CancellationToken)).StatusCode);
        Assert.Empty(Announced(run.ModelId));
    }

    [Fact]
    public async Task Of_many_who_promote_at_once_one_deploys_and_the_others_learn_that_it_is_done()
    {
        var modelId = await Versions(2);
        await Start(modelId, new { version = 2 });
        await using var other = await Registry.Start();

        var responses = await Task.WhenAll(Enumerable.Range(0, 12).Select(number => (number % 2 == 0 ? Registry.Http : other.Http).PostAsJsonAsync(
            $"models/{modelId}/shadow/promote", new { version = 2, actor = $"person-{number}" }, CancellationToken)));

        Assert.Single(responses, response => response.StatusCode == HttpStatusCode.Created);
        foreach (var response in responses.Where(one => one.StatusCode != HttpStatusCode.Created))
        {
            Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
            Assert.Contains("the last one, v2, was promoted by person-", await response.Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
        }

        var model = await Registry.GetModel(modelId);
        Assert.Equal((2, 2L, 1), (model.Champion!.Version, model.Champion.Deployment, model.Previous!.Version));
        Assert.StartsWith("person-", model.Champion.Actor, StringComparison.Ordinal);
        Assert.Equal(
            [ShadowStates.Promoted, ShadowStates.Live], (await Registry.Get<ShadowView>($"models/{modelId}/shadow")).History.Select(line => line.State));
        await Eventually.Is(() => Announced(modelId).Count == 2);
        Assert.Equal(ShadowStates.Promoted, Announced(modelId)[1].State);
    }

    [Fact]
    public async Task Deploying_the_shadows_version_promotes_it_and_deploying_another_leaves_it()
    {
        var modelId = await Versions(3);
        await Start(modelId, new { version = 2 });

        await Registry.Post("deployments", new { modelId, version = 3 });
        Assert.Equal(ShadowStates.Live, await StateOf(modelId));
        Assert.Equal(HttpStatusCode.Conflict, (await Registry.Post($"models/{modelId}/shadow/promote", new { version = 3 })).StatusCode);
        await Registry.Post("deployments", new { modelId, version = 2, actor = "ada" });

        var view = await Registry.Get<ShadowView>($"models/{modelId}/shadow");
        Assert.Equal((ShadowStates.Promoted, "ada"), (view.Shadow.State, view.Shadow.Actor));
        Assert.Equal(2, (await Registry.GetModel(modelId)).Champion!.Version);
    }

    [Fact]
    public async Task A_dropped_shadow_is_over_and_may_begin_again()
    {
        var modelId = await Versions(2);
        var first = await Start(modelId, new { version = 2 });

        var dropped = await Drop(modelId, "?actor=ada&reason=too%20loud");
        Assert.Equal((first.Id, ShadowStates.Dropped, "ada", "too loud"), (dropped.Id, dropped.State, dropped.Actor, dropped.Reason));
        Assert.Equal(HttpStatusCode.Conflict, (await Registry.Http.DeleteAsync($"models/{modelId}/shadow", CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await Registry.Post($"models/{modelId}/shadow/promote", new { })).StatusCode);
        var second = await Start(modelId, new { version = 2 });

        Assert.NotEqual(first.Id, second.Id);
        Assert.True(second.Revision > dropped.Revision);
        Assert.Equal(VersionStates.Registered, (await Registry.GetModel(modelId)).Versions[1].State);
    }

    [Fact]
    public async Task A_shadow_that_replicas_refuse_ends_once_with_one_alert_and_the_champion_stays()
    {
        var modelId = await Versions(2);
        var shadow = await Start(modelId, new { version = 2 });
        await using var other = await Registry.Start();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Registry.Publish(Refusal(shadow, $"predictor-{number % 4}"))));

        await Eventually.Is(async () => await StateOf(modelId) == ShadowStates.Rejected);
        await Eventually.Is(async () => (await Registry.Vhost.Queues())["registry-shadow-rejected"].GetProperty("messages").GetInt32() == 0);
        var view = await Registry.Get<ShadowView>($"models/{modelId}/shadow");
        Assert.Contains("'model.pth' is corrupt", view.Shadow.Reason, StringComparison.Ordinal);
        Assert.Equal(2, view.History.Count);
        var alert = Assert.Single(await Registry.Get<Alert[]>($"alerts?kind={AlertKinds.ShadowRejected}"), one => one.ModelId == modelId);
        Assert.Contains("Shadow v2", alert.Message, StringComparison.Ordinal);
        Assert.Equal((1, VersionStates.Registered), ((await Registry.GetModel(modelId)).Champion!.Version, (await Registry.GetModel(modelId)).Versions[1].State));

        // Another attempt is another shadow; a word about the one before does not concern it.
        var second = await Start(modelId, new { version = 2 });
        await Registry.Publish(Refusal(shadow, "predictor-late"));
        await Registry.Publish(Refusal(second with { Id = shadow.Id }, "predictor-later"));
        await Drop(modelId);
        Assert.Equal(ShadowStates.Dropped, await StateOf(modelId));
    }

    [Fact]
    public async Task The_database_keeps_one_live_shadow_and_what_has_ended_stays_so()
    {
        var modelId = await Versions(3);
        var shadow = await Start(modelId, new { version = 2 });

        await Fails("shadow_one_live",
            "INSERT INTO shadow (model_id, version, devices, state, revision, started_at) VALUES (@modelId, 3, '{x}', 'live', 1, now())", new { modelId });
        await Fails("violates foreign key",
            "INSERT INTO shadow (model_id, version, devices, state, revision, started_at) VALUES (@modelId, 99, '{x}', 'dropped', 2, now())", new { modelId });
        await Fails("cannot become live", "UPDATE shadow SET devices = '{y}' WHERE id = @Id", new { shadow.Id });
        await Fails("append-only", "UPDATE shadow_history SET actor = 'x' WHERE shadow_id = @Id", new { shadow.Id });
        await Drop(modelId);
        await Fails("is dropped and cannot become live", "UPDATE shadow SET state = 'live', revision = revision + 1 WHERE id = @Id", new { shadow.Id });
    }

    private static ShadowRejected Refusal(Shadow shadow, string replica) => new(
        shadow.Id, shadow.ModelId, shadow.Version, shadow.Revision, replica, "Object 'model.pth' is corrupt.", DateTimeOffset.UtcNow);

    private List<ShadowDeployed> Announced(string modelId) =>
        [.. Registry.Heard<ShadowDeployed>().Where(one => one.ModelId == modelId).OrderBy(one => one.Revision)];

    private async Task<string> StateOf(string modelId) => (await Registry.Get<ShadowView>($"models/{modelId}/shadow")).Shadow.State;

    private async Task<Shadow> Start(string modelId, object body)
    {
        var response = await Registry.Post($"models/{modelId}/shadow", body);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync(CancellationToken));
        return (await response.Content.ReadFromJsonAsync<Shadow>(CancellationToken))!;
    }

    private async Task<Shadow> Drop(string modelId, string query = "")
    {
        var response = await Registry.Http.DeleteAsync($"models/{modelId}/shadow{query}", CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(CancellationToken));
        return (await response.Content.ReadFromJsonAsync<Shadow>(CancellationToken))!;
    }

    private async Task Refused(string modelId, object body, HttpStatusCode status, string detail)
    {
        var response = await Registry.Post($"models/{modelId}/shadow", body);
        var text = Uri.UnescapeDataString((await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken)).GetProperty("detail").GetString()!);
        Assert.True(response.StatusCode == status && text.Contains(detail, StringComparison.Ordinal), $"{response.StatusCode}: {text}");
    }

    private async Task Fails(string why, string sql, object values)
    {
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync(sql, values));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    private async Task<List<string>> Devices(string site, int count)
    {
        var devices = new List<string>();
        while (devices.Count < count)
            devices.Add(await Registry.NewDevice(site));
        return devices;
    }

    // v1 is deployed, the others are registered.
    private async Task<string> Versions(int count)
    {
        var device = await Registry.NewDevice();
        return await VersionsOf(new { mode = "device", device }, [device], count);
    }

    private async Task<string> VersionsOf(object scope, List<string> devices, int count)
    {
        var modelId = "";
        for (var version = 1; version <= count; version++)
        {
            var body = JsonSerializer.SerializeToNode(scope)!.AsObject();
            body["parameters"] = JsonSerializer.SerializeToNode(new { autoDeploy = version == 1 });
            var response = await Registry.Post("runs", body);
            var run = await Registry.GetRun((await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken)).GetProperty("id").GetGuid());
            await Registry.Complete(run, await Registry.Train(run, devicesWithThreshold: [.. devices]));
            modelId = run.ModelId;
        }

        return modelId;
    }
}
