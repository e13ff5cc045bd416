using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.Schedules;

public sealed class ScheduleTests(RegistryFixture registry) : ScheduleTest(registry)
{
    private const string Yearly = "0 0 3 1 1 ?";

    [Fact]
    public async Task A_fresh_installation_has_schedules_that_train_nobody_who_was_not_asked()
    {
        var device = await NewDeviceWithData(50, "S-FRESH");

        var schedules = (await Registry.Get<JsonElement>("schedules")).EnumerateArray().ToDictionary(schedule => schedule.GetProperty("name").GetString()!);
        var firing = await FireByHand("nightly");

        Assert.Equal("incremental", schedules["nightly"].GetProperty("definition").GetProperty("kind").GetString());
        Assert.Equal("full", schedules["weekly"].GetProperty("definition").GetProperty("kind").GetString());
        Assert.Equal((2, 30), schedules["nightly"].GetProperty("nextFiring").GetDateTime() is var next ? (next.Hour, next.Minute) : default);
        Assert.Contains("autoTrain is off", Skipped(firing), StringComparison.Ordinal);
        Assert.Empty((await Registry.Get<JsonElement>($"runs?modelId=device/{device}_all/conv-ae")).EnumerateArray());
    }

    [Fact]
    public async Task A_firing_starts_what_each_model_needs_with_the_policies_of_each()
    {
        var fresh = await NewDeviceWithData(30, "S-NEED");
        var few = await NewDeviceWithData(3, "S-NEED");
        var busy = await NewDeviceWithData(30, "S-NEED");
        var off = await NewDeviceWithData(30, "S-NEED");
        await Registry.StartRun(busy);
        await SetPolicy("site/S-NEED", new { minSamples = 20, sampleHours = 6 });
        await SetPolicy($"device/{fresh}", new { seed = 5 });
        var trained = await Trained("S-NEED", pending: 4);
        var current = await Trained("S-NEED", pending: 0, reason: null);
        foreach (var device in (string[])[fresh, few, busy, trained, current])
            await Patch(device, new { autoTrain = true });
        await Put("need", new { kind = "incremental", cron = Yearly, parameters = new { maxSteps = 300 } });

        var firing = await FireByHand("need");

        Assert.Equal(2, firing.GetProperty("startedRuns").GetInt32());
        var batch = await Registry.Get<JsonElement>($"batches/{firing.GetProperty("batchId").GetGuid()}");
        Assert.Equal(2, batch.GetProperty("runs").GetProperty("queued").GetInt32());
        var runs = new List<Run>();
        foreach (var run in batch.GetProperty("page").EnumerateArray())
            runs.Add(await Registry.GetRun(run.GetProperty("id").GetGuid()));
        var (first, more) = (runs.Single(run => run.Devices[0] == fresh), runs.Single(run => run.Devices[0] == trained));
        Assert.Equal(("cold_start", 300, 6.0, 5L, 20), (first.Parameters.Mode, first.Parameters.MaxSteps, first.Parameters.SampleHours, first.Parameters.Seed, first.Parameters.MinSamples));
        Assert.Equal(("incremental", 1), (more.Parameters.Mode, more.ChampionVersion));
        Assert.Equal(("schedule", "need"), (first.ParameterSources["maxSteps"].Level, first.ParameterSources["maxSteps"].Name));
        Assert.All(runs, run => Assert.Equal((RunOrigins.Schedule, firing.GetProperty("batchId").GetGuid()), (run.Origin, run.BatchId)));
        var skipped = Skipped(firing);
        Assert.Contains("1 a run of it is under way", skipped, StringComparison.Ordinal);
        Assert.Contains("1 fewer usable recordings than minSamples", skipped, StringComparison.Ordinal);
        Assert.Contains("1 nothing new since the last training", skipped, StringComparison.Ordinal);
        Assert.Contains("autoTrain is off", skipped, StringComparison.Ordinal);
        Assert.DoesNotContain(runs, run => run.Devices[0] == off);
        await SwitchOff("need");
    }

    [Fact]
    public async Task A_schedule_of_a_site_trains_one_model_of_all_its_devices_of_that_day()
    {
        var first = await NewDeviceWithData(5, "S-SITE");
        await Put("site", new { kind = "full", cron = Yearly, selection = new { mode = "site", site = "S-SITE", aggregation = "balanced" } });
        var later = await NewDeviceWithData(5, "S-SITE");

        var firing = await FireByHand("site");

        var run = (await Registry.Get<JsonElement>($"batches/{firing.GetProperty("batchId").GetGuid()}")).GetProperty("page")[0];
        Assert.Equal("site/S-SITE_all/balanced/conv-ae", run.GetProperty("modelId").GetString());
        Assert.Equal([first, later], (await Registry.GetRun(run.GetProperty("id").GetGuid())).Devices.Order());
        await SwitchOff("site");
    }

    [Fact]
    public async Task An_edit_moves_the_next_firing_and_switching_off_takes_it_away()
    {
        var made = await Put("edited", new { kind = "full", cron = "30 2 * * *", timeZone = "Asia/Kolkata" });
        Assert.Equal((21, 0), made.GetProperty("nextFiring").GetDateTime() is var next ? (next.Hour, next.Minute) : default);

        var moved = await Put("edited", new { kind = "full", cron = "45 4 * * *", timeZone = "UTC" });
        Assert.Equal((4, 45), moved.GetProperty("nextFiring").GetDateTime() is var later ? (later.Hour, later.Minute) : default);

        var off = await Put("edited", new { kind = "full", cron = "45 4 * * *", enabled = false });
        Assert.Equal(JsonValueKind.Null, off.GetProperty("nextFiring").ValueKind);
        Assert.Equal(HttpStatusCode.NoContent, (await Registry.Http.DeleteAsync("schedules/edited?actor=anna", CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync("schedules/edited", CancellationToken)).StatusCode);
        var history = (await Registry.Get<JsonElement>("schedules/edited/history")).EnumerateArray().ToList();
        Assert.Equal((4, "anna"), (history.Count, history[0].GetProperty("actor").GetString()));
        Assert.Equal("30 2 * * *", history[^1].GetProperty("after").GetProperty("cron").GetString());
    }

    [Fact]
    public async Task Nobody_overwrites_a_schedule_that_they_have_not_seen()
    {
        await Put("seen", new { kind = "full", cron = Yearly });
        var seen = (await Registry.Http.GetAsync("schedules/seen", CancellationToken)).Headers.ETag!.Tag;
        await Put("seen", new { kind = "full", cron = "0 0 4 1 1 ?" });

        using var request = new HttpRequestMessage(HttpMethod.Put, "schedules/seen") { Content = JsonContent.Create(new { kind = "full", cron = "0 0 5 1 1 ?" }) };
        request.Headers.TryAddWithoutValidation("If-Match", seen);

        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Registry.Http.SendAsync(request, CancellationToken)).StatusCode);
        await SwitchOff("seen");
    }

    [Theory]
    [InlineData("bad", """{"kind": "hourly", "cron": "30 2 * * *"}""", "kind: 'hourly' is not a kind; allowed are incremental, full")]
    [InlineData("bad", """{"kind": "full", "cron": "every night"}""", "cron: 'every night' is not a cron expression; allowed are five fields")]
    [InlineData("bad", """{"kind": "full"}""", "cron: '' is not a cron expression")]
    [InlineData("bad", """{"kind": "full", "cron": "0 0 3 1 1 ? 2020"}""", "cron: '0 0 3 1 1 ? 2020' never comes again.")]
    [InlineData("bad", """{"kind": "full", "cron": "30 2 * * *", "timeZone": "Mars/Olympus"}""", "timeZone: 'Mars/Olympus' is not a time zone")]
    [InlineData("bad", """{"kind": "full", "cron": "30 2 * * *", "selection": {"mode": "device", "device": "LT-404"}}""", "selection.device: unknown device: 'LT-404'")]
    [InlineData("bad", """{"kind": "full", "cron": "30 2 * * *", "perDevice": true}""", "perDevice: it is not allowed without a selection")]
    [InlineData("bad", """{"kind": "full", "cron": "30 2 * * *", "parameters": {"mode": "cold_start"}}""", "parameters.mode: it is not allowed")]
    [InlineData("bad", """{"kind": "full", "cron": "30 2 * * *", "parameters": {"maxStep": 1}}""", "parameters.maxStep: there is no such parameter here")]
    [InlineData("bad", """{"kind": "full", "cron": "30 2 * * *", "parameters": {"maxSteps": 0}}""", "parameters.maxSteps: 0 is out of range")]
    [InlineData("a b", """{"kind": "full", "cron": "30 2 * * *"}""", "name: 'a b' is not allowed")]
    [InlineData("bad", """{"kind": "full", "cron": "30 2 * * *", "colour": "red"}""", "colour")]
    public async Task Bad_input_is_a_problem_that_names_it(string name, string json, string detail)
    {
        var response = await Registry.Http.PutAsync(
            $"schedules/{Uri.EscapeDataString(name)}", new StringContent(json, System.Text.Encoding.UTF8, "application/json"), CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(detail, (await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_selection_that_has_gone_fails_the_firing_and_says_so()
    {
        var device = await NewDeviceWithData(5, "S-GONE");
        await Put("gone", new { kind = "full", cron = Yearly, selection = new { mode = "site", site = "S-GONE" } });
        await Registry.Publish(new Contracts.DeviceChanged(device, "S-OTHER", "pump", "UTC", "default", 2, DateTimeOffset.UtcNow));
        await Eventually.Is(async () => (await Registry.Get<JsonElement>("devices")).EnumerateArray()
            .All(one => one.GetProperty("site").GetString() != "S-GONE"));

        var firing = await FireByHand("gone");

        Assert.Equal("failed", firing.GetProperty("state").GetString());
        Assert.Contains("no known device has site 'S-GONE'", firing.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Post("schedules/nobody/run", new { })).StatusCode);
        await SwitchOff("gone");
    }

    private async Task<string> Trained(string site, int pending, string? reason = "new_data")
    {
        var device = await NewDeviceWithData(30, site);
        await Registry.Complete(await Registry.StartRun(device));
        await Announce(device, pending, trained: 30, revision: 2, reason);
        return device;
    }

    private async Task Patch(string device, object parameters)
    {
        var response = await Registry.Http.PatchAsync($"policies/device/{device}", JsonContent.Create(new { parameters }), CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(CancellationToken));
    }
}
