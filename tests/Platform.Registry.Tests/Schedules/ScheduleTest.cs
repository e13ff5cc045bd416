using System.Net.Http.Json;
using System.Text.Json;
using Platform.Contracts;
using Platform.Registry.Schedules;
using Platform.Testing;

namespace Platform.Registry.Tests.Schedules;

/// <summary>What the tests of schedules have in common.</summary>
public abstract class ScheduleTest(RegistryFixture registry) : RegistryTest(registry)
{
    /// <summary>Long enough for the other replicas to take a dead one for dead.</summary>
    protected static TimeSpan Recovered { get; } = TimeSpan.FromSeconds(60);

    /// <summary>A device with data, as features would announce it.</summary>
    protected async Task<string> NewDeviceWithData(
        int pending, string site = "S001", string machineType = "pump", int trained = 0, long revision = 1, string? reason = "new_data")
    {
        var device = await Registry.NewDevice(site, machineType);
        await Announce(device, pending, trained, revision, reason);
        return device;
    }

    protected async Task Announce(string device, int pending, int trained = 0, long revision = 1, string? reason = "new_data")
    {
        await Registry.Publish(new DeviceDataChanged(
            device, pending + trained, pending + trained, pending, trained, 0, reason is not null, reason, revision, DateTimeOffset.UtcNow));
        await Eventually.Is(async () => (await Registry.Get<JsonElement>("devices")).EnumerateArray()
            .Any(one => one.GetProperty("device").GetString() == device && one.GetProperty("pending").GetInt32() == pending));
    }

    protected async Task<JsonElement> Put(string schedule, object body)
    {
        var response = await Registry.Http.PutAsJsonAsync($"schedules/{schedule}", body, CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(CancellationToken));
        return await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken);
    }

    protected Task SwitchOff(string schedule) => Registry.Http.DeleteAsync($"schedules/{schedule}", CancellationToken);

    protected async Task SetPolicy(string path, object parameters) =>
        Assert.True((await Registry.Http.PutAsJsonAsync($"policies/{path}", new { parameters }, CancellationToken)).IsSuccessStatusCode);

    protected async Task<JsonElement> FireByHand(string schedule)
    {
        var response = await Registry.Post($"schedules/{schedule}/run", new { });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(CancellationToken));
        var firing = await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken);
        // A replica that looks for unfinished firings in the same moment may be the one that carries it out.
        await Eventually.Is(async () => (firing = (await Registry.Get<JsonElement>($"batches/{firing.GetProperty("batchId").GetGuid()}?limit=1"))
            .GetProperty("firing")).GetProperty("state").GetString() != "running", TimeSpan.FromMinutes(2));
        return firing;
    }

    protected async Task<List<JsonElement>> Firings(string schedule) =>
        [.. (await Registry.Get<JsonElement>($"schedules/{schedule}/firings")).EnumerateArray()];

    protected IEnumerable<PrepareTraining> Prepared(string device) =>
        Registry.Heard<PrepareTraining>().Where(message => message.Scope.Devices.Contains(device));

    /// <summary>Reason → how many.</summary>
    protected static string Skipped(JsonElement firing) => string.Join("; ", firing.GetProperty("skipped").EnumerateArray()
        .Select(skipped => $"{skipped.GetProperty("count")} {skipped.GetProperty("reason")}").Order(StringComparer.Ordinal));
}
