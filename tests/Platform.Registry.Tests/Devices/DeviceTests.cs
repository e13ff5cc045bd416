using System.Text.Json;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Registry.Tests.Devices;

public sealed class DeviceTests(RegistryFixture registry) : RegistryTest(registry)
{
    private static readonly DateTimeOffset At = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    [Fact]
    public async Task A_lower_revision_changes_nothing()
    {
        var device = await Registry.NewDevice(site: "S001");
        await Registry.Publish(Changed(device, "S007", revision: 5));
        await Eventually.Is(async () => (await Overview(device)).GetProperty("site").GetString() == "S007");

        await Registry.Publish(Changed(device, "S003", revision: 4));
        await Registry.Publish(Changed(device, "S004", revision: 5));
        await Registry.NewDevice(); // the queue is worked off

        Assert.Equal("S007", (await Overview(device)).GetProperty("site").GetString());
    }

    [Fact]
    public async Task The_overview_counts_data_and_alarms_once_however_often_and_in_whatever_order_they_are_told()
    {
        var device = await Registry.NewDevice();
        var (open, closed) = (Guid.NewGuid(), Guid.NewGuid());
        var recording = Guid.NewGuid();
        await Registry.Publish(Data(device, pending: 3, revision: 2));
        await Registry.Publish(Data(device, pending: 99, revision: 1));
        await Registry.Publish(new AnomalyCleared(closed, Guid.NewGuid(), device, "m", 1, At.AddHours(1)));
        await Registry.Publish(Detected(closed, Guid.NewGuid(), device));
        await Registry.Publish(Detected(open, recording, device));
        await Registry.Publish(Detected(open, recording, device));
        await Registry.Publish(Detected(open, Guid.NewGuid(), device));

        await Eventually.Is(async () => Numbers(await Overview(device), "openAlarms", "alarms", "anomalousRecordings", "pending") == "1 2 3 3");
        Assert.True((await Overview(device)).GetProperty("retrainNeeded").GetBoolean());
        Assert.Equal("new_data", (await Overview(device)).GetProperty("retrainReason").GetString());
    }

    private static string Numbers(JsonElement device, params string[] names) =>
        string.Join(' ', names.Select(name => device.GetProperty(name).GetInt64()));

    private async Task<JsonElement> Overview(string device) =>
        (await Registry.Get<JsonElement>("devices")).EnumerateArray().Single(one => one.GetProperty("device").GetString() == device);

    private static DeviceChanged Changed(string device, string site, long revision) => new(device, site, "pump", "UTC", "default", revision, At);

    private static DeviceDataChanged Data(string device, int pending, long revision) =>
        new(device, 10, 9, pending, 6, 1, RetrainNeeded: true, "new_data", revision, At);

    private static AnomalyDetected Detected(Guid alarm, Guid recording, string device) =>
        new(alarm, true, recording, device, "m", 1, "reconstruction", 0.5, 0.2, At, At);
}
