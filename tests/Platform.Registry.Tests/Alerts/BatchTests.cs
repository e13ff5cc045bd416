using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Contracts;
using Platform.Registry.Alerts;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.Alerts;

public sealed class BatchTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task A_batch_of_which_every_model_is_rejected_raises_one_alert_and_changes_nothing_that_is_live()
    {
        await using var other = await Registry.Start();
        var batch = Guid.NewGuid();
        var runs = new List<Run>();
        for (var number = 0; number < 4; number++)
            runs.Add(await Start(batch, await DeviceWithChampion()));
        var failed = await Start(batch, await DeviceWithChampion());

        // All at once, so that the last two end at the same moment in two registries; one has no version at all.
        var completions = await Task.WhenAll(runs.Select(run => Registry.Train(run, newError: 100, oldError: 1, comparedWith: 1)));
        await Task.WhenAll(completions.Select(Registry.Publish));
        await Registry.Publish(new TrainingFailed(failed.Id, "No memory.", 0, 1, DateTimeOffset.UtcNow));

        await Eventually.Is(async () => (await Of(batch)).Length > 0);
        await Eventually.Is(() => Registry.Heard<AlertRaised>().Any(raised => raised.BatchId == batch));
        foreach (var run in runs)
        {
            var model = await Registry.GetModel(run.ModelId);
            Assert.Equal([VersionStates.Deployed, VersionStates.Rejected], model.Versions.Select(version => version.State));
            Assert.Equal((1, 1L), (model.Champion!.Version, model.Champion.Deployment));
        }

        // A later batch is looked at after this one, so whatever would be raised twice has been by then.
        var later = Guid.NewGuid();
        var last = await Start(later, await DeviceWithChampion());
        await Registry.Complete(last, await Registry.Train(last, newError: 100, oldError: 1, comparedWith: 1));
        await Eventually.Is(async () => (await Of(later)).Length == 1);
        var alert = Assert.Single(await Of(batch));
        Assert.Equal((AlertKinds.BatchRejected, batch.ToString()), (alert.Kind, alert.Subject));
        Assert.Contains("(4 versions, 5 runs); what is live stays", alert.Message, StringComparison.Ordinal);
        Assert.Single(Registry.Heard<AlertRaised>(), raised => raised.BatchId == batch);
    }

    [Fact]
    public async Task A_batch_is_not_judged_before_its_last_run_has_ended_nor_when_one_version_is_good()
    {
        var (mixed, unfinished, rejected) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var good = await Start(mixed, await DeviceWithChampion());
        var bad = await Start(mixed, await DeviceWithChampion());
        await Registry.Complete(good, await Registry.Train(good, newError: 1, oldError: 1, comparedWith: 1));
        await Registry.Complete(bad, await Registry.Train(bad, newError: 100, oldError: 1, comparedWith: 1));
        var ended = await Start(unfinished, await DeviceWithChampion());
        var active = await Start(unfinished, await DeviceWithChampion());
        await Registry.Complete(ended, await Registry.Train(ended, newError: 100, oldError: 1, comparedWith: 1));

        // Found by a later look than those at the two above.
        var sentinel = await Start(rejected, await DeviceWithChampion());
        await Registry.Complete(sentinel, await Registry.Train(sentinel, newError: 100, oldError: 1, comparedWith: 1));
        await Eventually.Is(async () => (await Of(rejected)).Length == 1);
        Assert.Empty(await Of(mixed));
        Assert.Empty(await Of(unfinished));

        await Registry.Http.PostAsync($"runs/{active.Id}/cancel", null, CancellationToken);
        await Eventually.Is(async () => (await Of(unfinished)).Length == 1);
    }

    [Fact]
    public async Task An_alert_is_open_until_somebody_acknowledges_it_and_the_first_one_stays_named()
    {
        var batch = Guid.NewGuid();
        var run = await Start(batch, await DeviceWithChampion());
        await Registry.Complete(run, await Registry.Train(run, newError: 100, oldError: 1, comparedWith: 1));
        await Eventually.Is(async () => (await Of(batch)).Length == 1);
        var id = (await Of(batch)).Single().Id;

        Assert.Contains(await Registry.Get<Alert[]>("alerts?open=true&kind=batch_rejected"), alert => alert.Id == id);
        await Registry.Post($"alerts/{id}/acknowledge", new { actor = "ada" });
        var again = await Registry.Post($"alerts/{id}/acknowledge", new { actor = "bob" });

        Assert.Equal("ada", (await again.Content.ReadFromJsonAsync<JsonElement>(CancellationToken)).GetProperty("acknowledgedBy").GetString());
        Assert.DoesNotContain(await Registry.Get<Alert[]>("alerts?open=true"), alert => alert.Id == id);
        Assert.Contains(await Registry.Get<Alert[]>("alerts?open=false"), alert => alert.Id == id);
        Assert.Equal(HttpStatusCode.BadRequest, (await Registry.Post($"alerts/{id}/acknowledge", new { })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Post("alerts/123456789/acknowledge", new { actor = "ada" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Registry.Http.GetAsync("alerts?kind=loud", CancellationToken)).StatusCode);
    }

    private async Task<string> DeviceWithChampion()
    {
        var device = await Registry.NewDevice();
        await Registry.Complete(await Registry.StartRun(device));
        return device;
    }

    private async Task<Run> Start(Guid batch, string device)
    {
        var response = await Registry.Post("runs", new { mode = "device", device, batchId = batch });
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, body.ToString());
        return await Registry.GetRun(body.GetProperty("id").GetGuid());
    }

    private async Task<Alert[]> Of(Guid batch) => [.. (await Registry.Get<Alert[]>("alerts?limit=500")).Where(alert => alert.BatchId == batch)];
}
