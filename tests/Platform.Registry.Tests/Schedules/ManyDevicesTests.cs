using System.Diagnostics;
using Dapper;
using Platform.Testing;

namespace Platform.Registry.Tests.Schedules;

public sealed class ManyDevicesTests(RegistryFixture registry) : ScheduleTest(registry)
{
    private const int Devices = 10_000;

    [Fact]
    public async Task Ten_thousand_devices_are_one_firing_in_bounded_time_and_memory()
    {
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        await connection.ExecuteAsync(
            """
            INSERT INTO device (device, site, machine_type, time_zone, feature_spec, revision, changed_at)
            SELECT 'M-' || number, 'S-' || number % 50, 'pump', 'UTC', 'default', 1, now() FROM generate_series(1, @Devices) AS number;
            INSERT INTO device_data (device, recordings, extracted, pending, trained, failed, retrain_needed, reason, revision, changed_at)
            SELECT 'M-' || number, 50, 50, 50, 0, 0, true, 'new_data', 1, now() FROM generate_series(1, @Devices) AS number;
            """, new { Devices });
        await Put("many", new { kind = "full", cron = "0 0 3 1 1 ?", selection = new { mode = "machine_type", machineType = "pump" }, perDevice = true });
        await NewDeviceWithData(5, machineType: "fan"); // everything that starts late has been started
        var (memory, clock) = (Registry.Service.ResidentBytes, Stopwatch.StartNew());

        var first = await FireByHand("many");
        var (seconds, grown) = (clock.Elapsed.TotalSeconds, Registry.Service.ResidentBytes - memory);
        clock.Restart();
        var second = await FireByHand("many");

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{Devices} devices: {seconds:0.0} s, {grown / 1e6:0} MB more; again, all under way: {clock.Elapsed.TotalSeconds:0.0} s");
        Assert.Equal((Devices, 0), (first.GetProperty("startedRuns").GetInt32(), second.GetProperty("startedRuns").GetInt32()));
        Assert.Equal($"{Devices} a run of it is under way", Skipped(second));
        Assert.True(seconds < 240, $"{seconds:0.0} s"); // some ten on a machine of its own
        Assert.True(grown < 400_000_000, $"{grown / 1e6:0} MB");
        await Eventually.Is(async () => await connection.QuerySingleAsync<int>("SELECT count(*) FROM outbox") == 0, TimeSpan.FromMinutes(2));
        Assert.Equal(Devices, Registry.Heard<Contracts.PrepareTraining>().Count(message => message.BatchId == first.GetProperty("batchId").GetGuid()));
    }
}
