using System.Text.Json;

namespace EndToEnd.Tests;

/// <summary>One model for a machine type at two sites, and then one of its own for one of the machines.</summary>
public sealed class SeveralDevicesTests(RunningPlatform platform) : IClassFixture<RunningPlatform>
{
    private const string OfType = "machine_type/pump_all/balanced/conv-ae";

    [Fact]
    public async Task A_machine_type_is_scored_by_one_model_until_a_device_has_its_own()
    {
        await platform.DeviceWithRecordings("LT-1", recordings: 12, site: "S001");
        await platform.DeviceWithRecordings("LT-2", recordings: 5, site: "S002", firstSeed: 100);
        var run = await platform.StartBalancedRun("pump", maxSteps: 60);
        await platform.Deployed(run, "LT-1");
        await platform.Deployed(run, "LT-2");

        var thresholds = await Thresholds(OfType);
        Assert.Equal(["LT-1", "LT-2"], thresholds.Keys.Select(key => key.Device).Distinct().Order(StringComparer.Ordinal));
        Assert.NotEqual(thresholds[("LT-1", "reconstruction")], thresholds[("LT-2", "reconstruction")]);
        await IsJudgedBy(OfType, thresholds, "LT-1", seed: 1_001);
        await IsJudgedBy(OfType, thresholds, "LT-2", seed: 1_002);

        await platform.Deployed(await platform.StartRun("LT-1", maxSteps: 60), "LT-1");

        const string Own = "device/LT-1_all/conv-ae";
        await IsJudgedBy(Own, await Thresholds(Own), "LT-1", seed: 2_001);
        await IsJudgedBy(OfType, thresholds, "LT-2", seed: 2_002);
    }

    /// <summary>Archives a recording and expects this model to score it, against the device's own threshold of the detector that decided.</summary>
    private async Task IsJudgedBy(string modelId, IReadOnlyDictionary<(string Device, string Detector), double> thresholds, string device, int seed)
    {
        var prediction = await platform.PredictionOf(device, await platform.Upload(device, MachineSound.Healthy(seed)));
        Assert.Equal(modelId, prediction.GetProperty("modelId").GetString());
        Assert.Equal(thresholds[(device, prediction.GetProperty("detector").GetString()!)], prediction.GetProperty("threshold").GetDouble());
    }

    private async Task<IReadOnlyDictionary<(string Device, string Detector), double>> Thresholds(string modelId)
    {
        var model = await RunningPlatform.Json(platform.Registry.Http.GetAsync($"models/{modelId}", TestContext.Current.CancellationToken));
        return model.GetProperty("versions")[0].GetProperty("thresholds").EnumerateArray()
            .ToDictionary(
                threshold => (threshold.GetProperty("device").GetString()!, threshold.GetProperty("detector").GetString()!),
                threshold => threshold.GetProperty("threshold").GetDouble());
    }
}
