using Dapper;
using Platform.Contracts;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.Schedules;

public sealed class ColdStartTests(RegistryFixture registry) : ScheduleTest(registry)
{
    [Fact]
    public async Task The_first_training_starts_as_soon_as_there_is_enough_data_and_the_policy_wants_it()
    {
        var (willing, other) = (await Registry.NewDevice("S-COLD"), await Registry.NewDevice("S-COLD"));
        await SetPolicy($"device/{willing}", new { autoTrain = true, minSamples = 20, maxSteps = 70 });
        await Announce(other, pending: 100);
        await Announce(willing, pending: 19);
        Assert.Null(await RunOf(willing));

        await Announce(willing, pending: 20, revision: 2);

        await Eventually.Is(() => Prepared(willing).Any());
        var run = (await RunOf(willing))!;
        Assert.Equal((RunOrigins.ColdStart, TrainingModes.ColdStart, 70, 20), (run.Origin, run.Parameters.Mode, run.Parameters.MaxSteps, run.Parameters.MinSamples));
        Assert.Equal("cold_start", run.ParameterSources["mode"].Level);
        Assert.Empty(Prepared(other));
    }

    [Fact]
    public async Task One_that_was_not_possible_is_tried_again_only_with_a_fifth_more_data()
    {
        var device = await Registry.NewDevice();
        await SetPolicy($"device/{device}", new { autoTrain = true, minSamples = 20 });
        await Announce(device, pending: 20);
        await Eventually.Is(() => Prepared(device).Count() == 1);
        await Registry.Publish(new TrainingNotPossible(Prepared(device).Single().RunId, "all silent", 0, 20, DateTimeOffset.UtcNow));
        await Eventually.Is(async () => (await RunOf(device))!.State == RunStates.NotPossible);

        for (var pending = 20; pending < 24; pending++)
            await Announce(device, pending, revision: pending);
        await Registry.NewDevice(); // the queue is worked off
        Assert.Single(Prepared(device));

        await Announce(device, pending: 24, revision: 24);
        await Eventually.Is(() => Prepared(device).Count() == 2);
    }

    [Fact]
    public async Task Many_replicas_that_hear_and_look_at_once_start_one()
    {
        await using var second = await Registry.Start();
        await using var third = await Registry.Start();
        var devices = new List<string>();
        for (var count = 0; count < 8; count++)
            devices.Add(await Registry.NewDevice("S-MANY"));
        await SetPolicy("site/S-MANY", new { autoTrain = true, minSamples = 5 });

        await Task.WhenAll(Enumerable.Range(1, 40).Select(revision => Registry.Publish(
            new DeviceDataChanged(devices[revision % 8], 9, 9, 9, 0, 0, true, "new_data", revision, DateTimeOffset.UtcNow))));

        await Eventually.Is(() => devices.TrueForAll(device => Prepared(device).Any()));
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        await Eventually.Is(async () => await connection.QuerySingleAsync<int>(
            "SELECT count(*) FROM device_data WHERE device = ANY (@devices) AND revision > 32", new { devices = devices.ToArray() }) == 8);
        Assert.All(devices, device => Assert.Single(Prepared(device)));
    }

    [Fact]
    public async Task A_policy_that_comes_later_finds_the_data_that_is_there_and_a_start_too()
    {
        var device = await NewDeviceWithData(30, "S-LATER");
        Assert.Null(await RunOf(device));
        await SetPolicy("site/S-LATER", new { autoTrain = true });
        await Registry.Crash();

        await Eventually.Is(() => Prepared(device).Any(), TimeSpan.FromSeconds(20));
        Assert.Single(Prepared(device));
    }

    [Fact]
    public async Task A_device_with_a_model_or_a_version_that_waits_for_a_person_is_left_alone()
    {
        var (deployed, waiting) = (await Registry.NewDevice("S-HAS"), await Registry.NewDevice("S-HAS"));
        await Registry.Complete(await Registry.StartRun(deployed));
        await Registry.Complete(await Registry.StartRun(waiting, new { autoDeploy = false }));
        await SetPolicy("site/S-HAS", new { autoTrain = true });
        await Announce(deployed, pending: 50);
        await Announce(waiting, pending: 50);
        var control = await NewDeviceWithData(50, "S-HAS");

        await Eventually.Is(() => Prepared(control).Any());
        Assert.Single(Prepared(deployed));
        Assert.Single(Prepared(waiting));
    }

    private async Task<Run?> RunOf(string device) =>
        (await Registry.Get<List<Run>>($"runs?modelId=device/{device}_all/conv-ae")).FirstOrDefault();
}
