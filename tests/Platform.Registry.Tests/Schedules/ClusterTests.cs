using System.Text.Json;
using Dapper;
using Platform.Testing;

namespace Platform.Registry.Tests.Schedules;

/// <summary>Several replicas, the real database, and what happens to firings when one of them dies or nobody was there.</summary>
public sealed class ClusterTests(RegistryFixture registry) : ScheduleTest(registry)
{
    private static readonly object EveryTwoSeconds = new { kind = "full", cron = "0/2 * * * * ?", selection = new { mode = "site", site = "S-ALL" }, perDevice = true };

    [Fact]
    public async Task Of_several_replicas_one_fires_and_each_firing_is_one_batch()
    {
        var device = await NewDeviceWithData(5, "S-ALL");
        await using var second = await Registry.Start();
        await using var third = await Registry.Start();

        await Put("shared", EveryTwoSeconds);
        await Eventually.Is(async () => (await Firings("shared")).Count(firing => firing.GetProperty("state").GetString() == "completed") >= 5, TimeSpan.FromSeconds(40));
        await SwitchOff("shared");

        var firings = await Firings("shared");
        var times = firings.Select(firing => firing.GetProperty("scheduledAt").GetDateTime()).ToList();
        Assert.Equal(times.Distinct().Count(), times.Count);
        Assert.All(times, time => Assert.Equal(0, time.Second % 2));
        Assert.All(firings, firing => Assert.Equal(1, firing.GetProperty("attempts").GetInt32()));
        Assert.Equal(1, firings.Sum(firing => firing.GetProperty("startedRuns").GetInt32()));
        Assert.Equal(firings.Count - 1, firings.Count(firing => Skipped(firing) == "1 a run of it is under way"));
        await Eventually.Is(() => Prepared(device).Any());
        Assert.Single(Prepared(device));
    }

    [Fact]
    public async Task Missed_firings_are_made_up_for_once_at_the_next_start()
    {
        var device = await NewDeviceWithData(5, "S-MISSED");
        await Put("missed", new { kind = "full", cron = "0 0 3 1 1 ?", selection = new { mode = "site", site = "S-MISSED" } });
        Assert.Empty(await Firings("missed"));
        await Registry.Service.Stop();
        await Overdue("missed", DateTimeOffset.UtcNow.AddDays(-3));

        var starting = Registry.Start();
        await Task.WhenAll(Registry.Restart(), starting);
        await using var other = await starting;
        await Eventually.Is(async () => (await Firings("missed")).Any(firing => firing.GetProperty("state").GetString() == "completed"), Recovered);

        await Eventually.Is(() => Prepared(device).Any());
        var firing = Assert.Single(await Firings("missed"));
        Assert.Equal((1, "cron"), (firing.GetProperty("startedRuns").GetInt32(), firing.GetProperty("cause").GetString()));
        var next = (await Registry.Get<JsonElement>("schedules/missed")).GetProperty("nextFiring").GetDateTime();
        Assert.Equal((1, 1, 3), (next.Month, next.Day, next.Hour));
        await Task.Delay(TimeSpan.FromSeconds(12), CancellationToken); // twice as long as it takes to find a missed one
        Assert.Single(await Firings("missed"));
        Assert.Single(Prepared(device));
        await SwitchOff("missed");
    }

    [Theory]
    [InlineData("firing")] // before it is noted: only Quartz knows
    [InlineData("run")] // noted, and half of its runs inserted
    public async Task A_replica_killed_in_the_middle_of_a_firing_leaves_it_to_another_and_it_happens_once(string table)
    {
        var (site, name) = ($"S-KILL-{table}", $"kill-{table}");
        var devices = new List<string>();
        for (var count = 0; count < 3; count++)
            devices.Add(await NewDeviceWithData(5, site));
        await using var other = await Registry.Start();
        await Put(name, new { kind = "full", cron = "0 0 3 1 1 ?", selection = new { mode = "site", site }, perDevice = true });

        // Whoever fires stops at the table: at its first statement, or when it comes to the last of the runs.
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken);
        if (table == "firing")
            await connection.ExecuteAsync("LOCK TABLE firing IN EXCLUSIVE MODE", transaction: transaction);
        else
            await connection.ExecuteAsync(
                """
                INSERT INTO run (id, name, mode, scope, model_type, model_id, devices, parameters, state, created_at, progressed_at)
                VALUES (gen_random_uuid(), 'in the way', 'device', 'x', 'conv-ae', @modelId, '{x}', '{}', 'queued', now(), now())
                """, new { modelId = $"device/{devices.Max(StringComparer.Ordinal)}_all/conv-ae" }, transaction);
        await Overdue(name, DateTimeOffset.UtcNow.AddSeconds(-30));
        var fires = await WhoFires(name);

        var first = fires == Registry.Service.Id ? Registry.Service : other;
        Assert.Equal(first.Id, fires);
        await first.Kill();
        await transaction.RollbackAsync(CancellationToken);
        if (first == Registry.Service)
            await Registry.Restart();

        await Eventually.Is(async () => (await Firings(name)).Any(firing => firing.GetProperty("state").GetString() == "completed"), Recovered);
        var firing = Assert.Single(await Firings(name));
        Assert.Equal((3, 3), (firing.GetProperty("startedRuns").GetInt32(), firing.GetProperty("runs").GetProperty("queued").GetInt32()));
        await Eventually.Is(() => devices.TrueForAll(device => Prepared(device).Any()));
        await Task.Delay(TimeSpan.FromSeconds(20), CancellationToken); // until the last of the two ways back has been gone
        Assert.Single(await Firings(name));
        Assert.All(devices, device => Assert.Single(Prepared(device)));
        Assert.Single(devices.SelectMany(Prepared).Select(message => message.BatchId).Distinct());
        await SwitchOff(name);
    }

    [Fact]
    public async Task A_clock_that_was_ahead_for_a_moment_does_not_put_a_schedule_to_sleep()
    {
        await NewDeviceWithData(5, "S-CLOCK");
        await Put("clock", new { kind = "full", cron = "0/2 * * * * ?", selection = new { mode = "site", site = "S-CLOCK" } });
        await Overdue("clock", DateTimeOffset.UtcNow.AddYears(1)); // what a firing in a far future would leave

        var before = (await Firings("clock")).Count;
        await Eventually.Is(async () => (await Firings("clock")).Count > before + 1, Recovered);

        await SwitchOff("clock");
    }

    /// <summary>The process that fires, once it waits for our lock.</summary>
    private async Task<int> WhoFires(string schedule)
    {
        const string waitingSql = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ~ 'INSERT INTO (run|firing)'
            """;
        const string firesSql = "SELECT split_part(instance_name, '/', 2)::int FROM qrtz_fired_triggers WHERE trigger_name = @schedule";

        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        await Eventually.Is(async () => await connection.QuerySingleAsync<int>(waitingSql) == 1, TimeSpan.FromSeconds(30));
        return await connection.QuerySingleAsync<int>(firesSql, new { schedule });
    }

    private async Task Overdue(string schedule, DateTimeOffset since)
    {
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        var changed = await connection.ExecuteAsync(
            "UPDATE qrtz_triggers SET next_fire_time = @ticks WHERE trigger_name = @schedule", new { schedule, ticks = since.UtcTicks });
        Assert.Equal(1, changed);
    }
}
