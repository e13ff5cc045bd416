using System.Text.Json;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>Which of its models serves a device follows where the device stands, in every replica.</summary>
public sealed class MovedDeviceTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    [Fact]
    public async Task A_device_that_moves_changes_its_model_here_and_in_a_replica_that_starts_later()
    {
        var device = RunningPredictor.NewDevice();
        var (old, next) = (SampleModel.Create("site", "S001_all", "pooled", [device], seed: 1), SampleModel.Create("site", "S002_all", "pooled", [device], seed: 2));
        await platform.Bus.Publish(At(device, "S001", revision: 1));
        await platform.Deploy(next, version: 1, DateTimeOffset.UtcNow.AddMinutes(-1));
        await platform.Deploy(old, version: 1, DateTimeOffset.UtcNow);
        await Eventually.Is(async () => await Serving(platform.Replica, device) == old.Id);

        await platform.Bus.Publish(At(device, "S002", revision: 2));

        await Eventually.Is(async () => await Serving(platform.Replica, device) == next.Id);
        foreach (var model in (SampleModel[])[old, next])
            platform.Registry.Deployed[model.Id] = await model.Publish(platform.Objects, 1, 1, model == old ? DateTimeOffset.UtcNow : DateTimeOffset.UtcNow.AddMinutes(-1));
        await using var later = await ServiceProcess.Start("predictor", platform.Settings(platform.Registry.Url));
        Assert.Equal(next.Id, await Serving(later, device));
    }

    private static DeviceChanged At(string device, string site, long revision) => new(device, site, "pump", "UTC", "default", revision, DateTimeOffset.UtcNow);

    private static async Task<string?> Serving(ServiceProcess replica, string device)
    {
        using var response = await replica.Http.GetAsync($"devices/{device}/model", TestContext.Current.CancellationToken);
        return response.IsSuccessStatusCode
            ? JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("modelId").GetString()
            : null;
    }
}
