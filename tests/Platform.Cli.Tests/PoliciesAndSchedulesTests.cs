using System.Text.Json;
using Npgsql;

namespace Platform.Cli.Tests;

/// <summary><c>policy</c> and <c>schedules</c> against a registry that is really there.</summary>
public sealed class PoliciesAndSchedulesTests(RunningRegistry registry) : IClassFixture<RunningRegistry>, IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        await using var connection = new NpgsqlConnection(registry.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO device (device, site, machine_type, time_zone, feature_spec, revision, changed_at)
            VALUES ('LT-1', 'S001', 'pump', 'UTC', 'default', 1, now()), ('LT-2', 'S001', 'pump', 'UTC', 'default', 1, now())
            ON CONFLICT DO NOTHING;
            INSERT INTO device_data (device, recordings, extracted, pending, trained, failed, retrain_needed, reason, revision, changed_at)
            VALUES ('LT-1', 9, 9, 9, 0, 0, true, 'new_data', 1, now()) ON CONFLICT DO NOTHING
            """, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_policy_is_set_value_by_value_shown_with_its_sources_and_remembered()
    {
        await Good("policy", "set", "plant", "--min-samples", "30", "--auto-deploy", "false");
        await Good("policy", "set", "machine-type", "pump", "--sample-hours", "6");
        await Good("policy", "set", "device", "LT-2", "--sample-hours", "8", "--seed", "3", "--reason", "loud neighbour");
        var set = await Good("policy", "set", "device", "LT-2", "--steps", "400", "--unset", "seed");
        Assert.Equal("""{"maxSteps":400,"sampleHours":8}""", set.GetProperty("parameters").GetRawText());

        var resolved = await Good("policy", "show", "device", "LT-2", "--resolved");
        Assert.Equal(["device", "device", "plant", "default"], ((string[])["sampleHours", "maxSteps", "minSamples", "patience"])
            .Select(value => resolved.GetProperty("from").GetProperty(value).GetProperty("level").GetString()!));
        var (_, table, _) = await CommandLine.Run(registry.State, "policy", "show", "device", "LT-1", "--resolved");
        Assert.Matches(@"sampleHours\s+│ 6\s+│ machine_type pump \(revision [0-9]+\)", table);

        var history = (await Good("policy", "history", "device", "LT-2")).GetProperty("history").EnumerateArray().ToList();
        Assert.Equal((2, "loud neighbour"), (history.Count, history[1].GetProperty("reason").GetString()));
        Assert.Superset(
            new HashSet<string?> { "plant", "machine_type", "device" },
            (await Good("policy")).GetProperty("policies").EnumerateArray().Select(policy => policy.GetProperty("level").GetString()).ToHashSet());
        await Good("policy", "delete", "device", "LT-2");
        await Bad("There is no policy of device LT-2", "policy", "show", "device", "LT-2");
    }

    [Fact]
    public async Task A_policy_that_was_changed_meanwhile_is_not_overwritten()
    {
        var seen = (await Good("policy", "set", "device", "LT-1", "--seed", "1")).GetProperty("revision").GetInt64();
        await Good("policy", "set", "device", "LT-1", "--seed", "2");

        await Bad("changed meanwhile", "policy", "set", "device", "LT-1", "--seed", "3", "--revision", $"{seen}");
    }

    [Fact]
    public async Task A_schedule_is_made_changed_fired_and_switched_off()
    {
        await Good("schedules", "set", "early", "--kind", "full", "--cron", "30 2 * * *", "--time-zone", "Europe/Berlin", "--for", "site=S001", "--only", "LT-1", "--per-device", "true", "--set", "maxSteps=400", "lrSchedule=cosine", "minSamples=2");
        var changed = await Good("schedules", "set", "early", "--cron", "0 45 4 * * ?", "--set", "lrSchedule=");
        var definition = changed.GetProperty("definition");
        Assert.Equal(("full", "0 45 4 * * ?", "Europe/Berlin"), (definition.GetProperty("kind").GetString(), definition.GetProperty("cron").GetString(), definition.GetProperty("timeZone").GetString()));
        Assert.Equal(("""{"maxSteps":400,"minSamples":2}""", true), (definition.GetProperty("parameters").GetRawText(), definition.GetProperty("perDevice").GetBoolean()));

        var fired = await Good("schedules", "run", "early");
        Assert.Equal(1, fired.GetProperty("startedRuns").GetInt32());
        var (_, shown, _) = await CommandLine.Run(registry.State, "schedules", "show", "early");
        Assert.Contains("full for each device of S001 only LT-1 at '0 45 4 * * ?' Europe/Berlin, maxSteps=400", shown, StringComparison.Ordinal);
        Assert.Contains("by_hand, completed: 1 run (1 queued), 0 left out", shown, StringComparison.Ordinal);

        await Good("schedules", "set", "early", "--enabled", "false");
        var listed = (await Good("schedules")).GetProperty("schedules").EnumerateArray().ToDictionary(schedule => schedule.GetProperty("name").GetString()!);
        Assert.Equal(JsonValueKind.Null, listed["early"].GetProperty("nextFiring").ValueKind);
        Assert.Contains("nightly", listed.Keys);
        Assert.Equal(3, (await Good("schedules", "history", "early")).GetProperty("history").GetArrayLength());
        await Good("schedules", "delete", "early");
        await Bad("There is no schedule 'early'", "schedules", "show", "early");
    }

    [Theory]
    [InlineData("'planet' is not a level; allowed are device, machine-type, site, plant.", "policy", "set", "planet", "earth", "--seed", "1")]
    [InlineData("plant takes no name.", "policy", "show", "plant", "ours")]
    [InlineData("Give the code of the device.", "policy", "show", "device")]
    [InlineData("nothing to set", "policy", "set", "plant")]
    [InlineData("'colour' is not a value of policies", "policy", "set", "plant", "--unset", "colour")]
    [InlineData("no known device is 'LT-9'", "policy", "set", "device", "LT-9", "--seed", "1")]
    [InlineData("sampleHours: -1 is out of range", "policy", "set", "plant", "--sample-hours", "-1")]
    [InlineData("a new schedule needs --kind.", "schedules", "set", "new", "--cron", "30 2 * * *")]
    [InlineData("a new schedule needs --cron.", "schedules", "set", "new", "--kind", "full")]
    [InlineData("'every night' is not a cron expression", "schedules", "set", "new", "--kind", "full", "--cron", "every night")]
    [InlineData("--for takes all, device=", "schedules", "set", "new", "--for", "everything")]
    [InlineData("--only and --aggregation go with --for.", "schedules", "set", "new", "--only", "S001")]
    [InlineData("--set takes name=value, got 'maxSteps'.", "schedules", "set", "new", "--set", "maxSteps")]
    [InlineData("There is no schedule 'none'", "schedules", "run", "none")]
    public Task A_wrong_call_says_what_is_wrong(string expected, params string[] arguments) => Bad(expected, arguments);

    private async Task<JsonElement> Good(params string[] arguments)
    {
        var (exitCode, output, errors) = await CommandLine.Run(registry.State, [.. arguments, "--json"]);
        Assert.True(exitCode == 0, $"{string.Join(' ', arguments)}: {errors}");
        return JsonDocument.Parse(output).RootElement;
    }

    private async Task Bad(string expected, params string[] arguments)
    {
        var (exitCode, output, errors) = await CommandLine.Run(registry.State, arguments);
        Assert.NotEqual(0, exitCode);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
    }
}
