using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Registry.Runs;

namespace Platform.Registry.Tests.Policies;

public sealed class PolicyTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task A_run_takes_each_field_from_the_most_specific_policy_and_records_which()
    {
        var device = await Registry.NewDevice("S-RUN", "press");
        await Put("plant", new { sampleHours = 4, patience = 7 });
        await Put("site/S-RUN", new { sampleHours = 6, batchSize = 16 });
        await Put("machine_type/press", new { batchSize = 8, seed = 3 });
        var own = await Put($"device/{device}", new { seed = 5, autoDeploy = false });

        var run = await Registry.StartRun(device, new { maxSteps = 400 });

        Assert.Equal(new TrainingParameters { SampleHours = 6, Patience = 7, BatchSize = 8, Seed = 5, AutoDeploy = false, MaxSteps = 400 }, run.Parameters);
        Assert.Equal(
            "autoDeploy=device batchSize=machine_type maxSteps=request patience=plant sampleHours=site seed=device",
            string.Join(' ', run.ParameterSources.OrderBy(source => source.Key, StringComparer.Ordinal).Select(source => $"{source.Key}={source.Value.Level}")));
        Assert.Equal((device, own.GetProperty("revision").GetInt64()), (run.ParameterSources["seed"].Name, run.ParameterSources["seed"].Revision));
        Assert.Equal(RunOrigins.Request, run.Origin);
        await Testing.Eventually.Is(() => Registry.Heard<PrepareTraining>().Any(message => message.RunId == run.Id));
        Assert.Equal(run.Parameters, Registry.Heard<PrepareTraining>().Single(message => message.RunId == run.Id).Parameters);
        await Registry.Http.DeleteAsync("policies/plant", CancellationToken);
    }

    [Fact]
    public async Task A_model_of_a_site_follows_the_site_and_not_its_devices()
    {
        var device = await Registry.NewDevice("S-GROUP", "fan");
        await Put($"device/{device}", new { patience = 3 });
        await Put("machine_type/fan", new { patience = 4 });
        await Put("site/S-GROUP", new { patience = 5 });

        var response = await Registry.Post("runs", new { mode = "site", site = "S-GROUP" });

        var id = (await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken)).GetProperty("id").GetGuid();
        Assert.Equal(5, (await Registry.GetRun(id)).Parameters.Patience);
    }

    [Fact]
    public async Task An_edit_holds_at_once_and_for_runs_from_then_on()
    {
        var device = await Registry.NewDevice();
        await Put($"device/{device}", new { maxSteps = 10, minSamples = 3 });
        var before = await Registry.StartRun(device);
        await Registry.Post($"runs/{before.Id}/cancel", new { });

        await Patch($"device/{device}", new { maxSteps = 20 });

        Assert.Equal((20, 3), (await Registry.StartRun(device)) is { Parameters: var after } ? (after.MaxSteps, after.MinSamples) : default);
        Assert.Equal(10, (await Registry.GetRun(before.Id)).Parameters.MaxSteps);
    }

    [Fact]
    public async Task What_holds_says_from_which_level_each_value_comes()
    {
        var device = await Registry.NewDevice("S-SHOW", "mill");
        await Put("site/S-SHOW", new { sampleHours = 6 });
        await Put($"device/{device}", new { minSamples = 30 });

        var resolved = await Registry.Get<JsonElement>($"policies/device/{device}/resolved");

        Assert.Equal(6, resolved.GetProperty("parameters").GetProperty("sampleHours").GetDouble());
        Assert.Equal("S-SHOW", resolved.GetProperty("from").GetProperty("sampleHours").GetProperty("name").GetString());
        Assert.Equal("device", resolved.GetProperty("from").GetProperty("minSamples").GetProperty("level").GetString());
        Assert.Equal("default", resolved.GetProperty("from").GetProperty("epochs").GetProperty("level").GetString());
        Assert.Equal(JsonValueKind.False, resolved.GetProperty("autoTrain").ValueKind);
        Assert.Equal(6, (await Registry.Get<JsonElement>("policies/site/S-SHOW/resolved")).GetProperty("parameters").GetProperty("sampleHours").GetDouble());
    }

    [Fact]
    public async Task Nobody_overwrites_an_edit_that_they_have_not_seen()
    {
        var device = await Registry.NewDevice();
        await Put($"device/{device}", new { seed = 1 });
        var seen = (await Registry.Http.GetAsync($"policies/device/{device}", CancellationToken)).Headers.ETag!.Tag;
        await Patch($"device/{device}", new { seed = 2 });

        var late = await Send(HttpMethod.Put, $"device/{device}", new { seed = 3 }, seen);
        var lateDelete = await Send(HttpMethod.Delete, $"device/{device}", null, seen);

        Assert.Equal((HttpStatusCode.PreconditionFailed, HttpStatusCode.PreconditionFailed), (late.StatusCode, lateDelete.StatusCode));
        Assert.Contains("changed meanwhile", await late.Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
        var now = (await Registry.Http.GetAsync($"policies/device/{device}", CancellationToken)).Headers.ETag!.Tag;
        Assert.Equal(HttpStatusCode.OK, (await Send(HttpMethod.Put, $"device/{device}", new { seed = 4 }, now)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await Send(HttpMethod.Delete, $"device/{device}", null, null)).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Send(HttpMethod.Put, $"device/{device}", new { seed = 5 }, now)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Send(HttpMethod.Delete, $"device/{device}", null, null)).StatusCode);
    }

    [Fact]
    public async Task Of_many_edits_with_the_same_etag_one_wins()
    {
        var device = await Registry.NewDevice();
        var seen = (await Send(HttpMethod.Put, $"device/{device}", new { seed = 0 }, null)).Headers.ETag!.Tag;

        var all = await Task.WhenAll(Enumerable.Range(1, 12).Select(seed => Send(HttpMethod.Put, $"device/{device}", new { seed }, seen)));

        Assert.Single(all, response => response.StatusCode == HttpStatusCode.OK);
        Assert.Equal(11, all.Count(response => response.StatusCode == HttpStatusCode.PreconditionFailed));
    }

    [Fact]
    public async Task Every_edit_leaves_a_line_that_nobody_can_rewrite()
    {
        var device = await Registry.NewDevice();
        await Put($"device/{device}", new { seed = 1 }, actor: "anna", reason: "first");
        await Patch($"device/{device}", new { sampleHours = 8, seed = (int?)null }, actor: "ben");
        await Registry.Http.DeleteAsync($"policies/device/{device}?actor=carla&reason=enough", CancellationToken);

        var history = (await Registry.Get<JsonElement>($"policies/device/{device}/history")).EnumerateArray().ToList();

        Assert.Equal(
            ["carla: {\"sampleHours\":8} -> null", "ben: {\"seed\":1} -> {\"sampleHours\":8}", "anna: null -> {\"seed\":1}"],
            history.Select(edit => $"{edit.GetProperty("actor")}: {edit.GetProperty("before").GetRawText()} -> {edit.GetProperty("after").GetRawText()}"));
        Assert.Equal("enough", history[0].GetProperty("reason").GetString());
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        Assert.Contains("append-only", (await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync("DELETE FROM policy_history"))).MessageText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_input_is_a_problem_that_names_it()
    {
        var device = await Registry.NewDevice("S-BAD", "saw");
        await Refused("device/LT-2", new { sampelHours = 8 }, "parameters.sampelHours: there is no such parameter here");
        await Refused("device/nobody", new { seed = 1 }, "no known device is 'nobody'");
        await Refused("site/S-NONE", new { seed = 1 }, "no known device has site 'S-NONE'");
        await Refused("planet/earth", new { seed = 1 }, "'planet' is not a level; allowed are device, machine_type, site, plant.");
        await Refused("plant/ours", new { seed = 1 }, "the plant takes no name, got 'ours'");
        await Refused("device/a_b", new { seed = 1 }, "'a_b' is not a code");
        await Refused($"device/{device}", new { sampleHours = -1 }, "sampleHours: -1 is out of range");
        await Refused($"device/{device}", new { warmupSteps = 2000 }, "2000 is the whole budget");
        Assert.Equal(HttpStatusCode.BadRequest, (await Send(HttpMethod.Put, $"device/{device}", new { seed = 1 }, "W/abc")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync($"policies/device/{device}", CancellationToken)).StatusCode);

        async Task Refused(string path, object parameters, string detail)
        {
            var response = await Send(HttpMethod.Put, path, parameters, null);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains(detail, (await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_combination_that_only_became_wrong_refuses_the_run_and_names_the_policy()
    {
        var device = await Registry.NewDevice("S-COMBI", "saw");
        await Put("site/S-COMBI", new { maxSteps = 5000 });
        await Put($"device/{device}", new { warmupSteps = 3000 });
        await Put("site/S-COMBI", new { maxSteps = 1000 });

        var response = await Registry.Post("runs", new { mode = "device", device });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var detail = (await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken)).GetProperty("detail").GetString();
        Assert.Contains($"3000 is the whole budget; allowed are fewer than maxSteps, 1000. It comes from the policy of device '{device}'.", detail, StringComparison.Ordinal);
    }

    private Task<JsonElement> Put(string path, object parameters, string? actor = null, string? reason = null) => Edit(HttpMethod.Put, path, parameters, actor, reason);

    private Task<JsonElement> Patch(string path, object parameters, string? actor = null) => Edit(HttpMethod.Patch, path, parameters, actor, null);

    private async Task<JsonElement> Edit(HttpMethod method, string path, object parameters, string? actor, string? reason)
    {
        using var request = new HttpRequestMessage(method, $"policies/{path}") { Content = JsonContent.Create(new { parameters, actor, reason }) };
        var response = await Registry.Http.SendAsync(request, CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(CancellationToken));
        return await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken);
    }

    private async Task<HttpResponseMessage> Send(HttpMethod method, string path, object? parameters, string? ifMatch)
    {
        using var request = new HttpRequestMessage(method, $"policies/{path}");
        if (parameters is not null)
            request.Content = JsonContent.Create(new { parameters });
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await Registry.Http.SendAsync(request, CancellationToken);
    }
}
