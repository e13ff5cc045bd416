using System.Net.Http.Json;
using System.Text.Json;
using Platform.Contracts;
using Platform.Registry.Runs;

namespace Platform.Registry.Tests.Scopes;

/// <summary>Versions of a model of several devices: for which of them each is deployed.</summary>
public sealed class SeveralDevicesTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task A_version_is_deployed_for_the_devices_that_it_has_a_threshold_for()
    {
        var (type, devices) = await Machines(3);
        var run = await Start(type);

        await Registry.Complete(run, await Registry.Train(run, devicesWithThreshold: [devices[0], devices[2]]));

        Assert.Equal(devices, (await Registry.GetModel(run.ModelId)).Versions[0].Devices);
        Assert.Equal([devices[0], devices[2]], (await Deployed(run.ModelId))!.Devices);
    }

    [Fact]
    public async Task A_version_that_would_leave_a_device_without_a_model_waits_for_a_person()
    {
        var (type, devices) = await Machines(2);
        var first = await Start(type);
        await Registry.Complete(first, await Registry.Train(first, devicesWithThreshold: devices));

        var second = await Start(type);
        await Registry.Complete(second, await Registry.Train(second, newError: 1, oldError: 1, comparedWith: 1, devicesWithThreshold: [devices[1]]));

        var version = (await Registry.GetModel(first.ModelId)).Versions[1];
        Assert.Equal((VersionStates.Registered, true), (version.State, version.Accepted));
        Assert.Contains($"v1 serves {devices[0]}, for which", version.Reason, StringComparison.Ordinal);
        Assert.Equal((1, 2), ((await Deployed(first.ModelId))!.Version, (await Deployed(first.ModelId))!.Devices.Count));

        Assert.True((await Registry.Post("deployments", new { modelId = first.ModelId, version = 2 })).IsSuccessStatusCode);
        Assert.Equal([devices[1]], (await Deployed(first.ModelId))!.Devices);
    }

    [Fact]
    public async Task A_device_that_left_the_scope_holds_nothing_up()
    {
        var (type, devices) = await Machines(2);
        var first = await Start(type);
        await Registry.Complete(first, await Registry.Train(first, devicesWithThreshold: devices));
        await Registry.Publish(new DeviceChanged(devices[0], "S001", "fan", "UTC", "default", 2, DateTimeOffset.UtcNow));
        await Platform.Testing.Eventually.Is(async () => (await Registry.Get<JsonElement>("devices")).EnumerateArray()
            .Any(one => one.GetProperty("device").GetString() == devices[0] && one.GetProperty("machineType").GetString() == "fan"));

        var second = await Start(type);
        await Registry.Complete(second, await Registry.Train(second, newError: 1, oldError: 1, comparedWith: 1, devicesWithThreshold: [devices[1]]));

        Assert.Equal([devices[1]], (await Deployed(first.ModelId))!.Devices);
    }

    private async Task<(string Type, string[] Devices)> Machines(int count)
    {
        var type = $"type-{Guid.NewGuid():N}"[..16];
        var devices = new List<string>();
        for (var i = 0; i < count; i++)
            devices.Add(await Registry.NewDevice(machineType: type));
        return (type, [.. devices.Order(StringComparer.Ordinal)]);
    }

    private async Task<Run> Start(string machineType)
    {
        var response = await Registry.Post("runs", new { mode = "machine_type", machineType, aggregation = "balanced" });
        response.EnsureSuccessStatusCode();
        return await Registry.GetRun((await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken)).GetProperty("id").GetGuid());
    }

    private async Task<ModelDeployed?> Deployed(string modelId) =>
        (await Registry.Get<ModelDeployed[]>("deployments/current")).SingleOrDefault(one => one.ModelId == modelId);
}
