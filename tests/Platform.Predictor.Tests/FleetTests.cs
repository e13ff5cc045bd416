using System.Globalization;
using System.Text.Json;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Models;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>A replica with memory for a few of its models.</summary>
public sealed class SmallPredictor : RunningPredictor
{
    internal const int Mebibytes = 8;

    internal override Dictionary<string, string> Settings(string registryUrl)
    {
        var settings = base.Settings(registryUrl);
        settings["Serving__ModelMemoryMebibytes"] = Mebibytes.ToString(CultureInfo.InvariantCulture);
        return settings;
    }
}

/// <summary>
/// Two thousand devices in one replica: some with a model of their own, the others with one of their type, each with a scale and a threshold that no
/// other has. <c>PLATFORM_FLEET_MODELS</c> says how many have their own; <c>./platform bench fleet</c> measures two thousand of those.
/// </summary>
public sealed class FleetTests(SmallPredictor platform) : IClassFixture<SmallPredictor>
{
    private const int Devices = 2_000;
    private const int DevicesPerType = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly int Own = int.Parse(Environment.GetEnvironmentVariable("PLATFORM_FLEET_MODELS") ?? "120", CultureInfo.InvariantCulture);

    private readonly Dictionary<string, SampleModel> _modelOf = new(StringComparer.Ordinal);
    private readonly byte[] _wav = SampleAudio.Hum();
    private readonly float[] _patches = SampleAudio.Features(SampleAudio.Hum()).Patches;

    [Fact]
    public async Task Every_device_is_answered_by_its_own_version_however_little_memory_there_is_and_nothing_is_loaded_twice()
    {
        var models = Fleet();
        await Parallel.ForEachAsync(models, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancelled }, async (model, _) =>
            platform.Registry.Deployed[model.Id] = await model.Publish(platform.Objects, 1, 1));
        await platform.KillAndRestart();

        // Everything is verified, once, in the background.
        await Eventually.Is(() => platform.Bus.Heard<ModelLoaded>().Select(loaded => loaded.ModelId).Distinct().Count() == models.Count, Patience);
        Assert.Equal(models.Count, await Metric("predictor_packages_opened"));
        await AssertMemory();

        // One after the other: what is not in memory is opened, and nothing else.
        var random = new Random(1);
        var (devices, expected) = (_modelOf.Keys.Order().ToArray(), models.Count);
        for (var i = 0; i < 40; i++)
        {
            var device = $"LT-{(i % 2 == 0 ? random.Next(Own) : random.Next(Own, Devices))}";
            expected += await InMemory(device) ? 0 : 1;
            await AssertAnswer(device);
        }

        Assert.InRange(expected, models.Count + 15, models.Count + 40); // most had to be
        Assert.Equal(expected, await Metric("predictor_packages_opened"));

        // Ten of those who share a model that is not in memory, at once: one load.
        var cold = Own;
        while (await InMemory($"LT-{cold}"))
            cold += DevicesPerType;
        await Task.WhenAll(Enumerable.Range(cold, 10).Select(number => AssertAnswer($"LT-{number}")));
        Assert.Equal(expected + 1, await Metric("predictor_packages_opened"));

        // Everybody at once, over HTTP and by events.
        var messages = new List<FeaturesExtracted>();
        for (var i = 0; i < 100; i++)
            messages.Add(await platform.StoreFeatures(_wav, devices[random.Next(devices.Length)], DateTimeOffset.UnixEpoch.AddMinutes(i)));
        await Task.WhenAll(
            Task.WhenAll(messages.Select(message => platform.Bus.Publish(message))),
            Parallel.ForEachAsync(
                Enumerable.Range(0, 100).Select(_ => devices[random.Next(devices.Length)]).ToArray(),
                new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancelled }, async (device, _) => await AssertAnswer(device)));
        await Eventually.Is(() => messages.All(message => platform.Bus.Heard<RecordingScored>().Any(scored => scored.RecordingId == message.RecordingId)), Patience);
        foreach (var scored in platform.Bus.Heard<RecordingScored>())
            AssertOf(scored.Device, scored.ModelId, scored.Version, scored.Threshold, scored.Score);
        await AssertMemory();
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Variants of one package: making networks is not what this is about.</summary>
    private List<SampleModel> Fleet()
    {
        var template = SampleModel.Create("template", seed: 1);
        var models = new List<SampleModel>();
        for (var from = 0; from < Devices;)
        {
            var count = from < Own ? 1 : Math.Min(DevicesPerType, Devices - from);
            var devices = Enumerable.Range(from, count).Select(number => $"LT-{number}").ToArray();
            var (mode, scope, aggregation) = count == 1 ? (ScopeModes.Device, $"{devices[0]}_all", null) : (ScopeModes.MachineType, $"T{from}_all", "pooled");
            var scales = devices.ToDictionary(device => device, device => new Scale(-100 - (0.01 * Number(device)), 0));
            var model = new SampleModel(template.Package with
            {
                Config = template.Package.Config with
                {
                    ModelId = string.Join('/', new[] { mode, scope, aggregation, "conv-ae" }.Where(part => part is not null)),
                    Mode = mode, Scope = scope, Aggregation = aggregation, Devices = devices,
                },
                GlobalScale = new(scales.Values.Min(scale => scale.Min), 0),
                Scales = scales,
                Fits = [.. devices.Select(device => template.Package.Fits[0] with { Device = device, Threshold = 1_000 + Number(device) })],
            });
            models.Add(model);
            foreach (var device in devices)
                _modelOf[device] = model;
            from += count;
        }

        return models;
    }

    private static int Number(string device) => int.Parse(device.AsSpan(3), CultureInfo.InvariantCulture);

    private async Task AssertAnswer(string device)
    {
        var answer = await platform.Ask(device, _wav);
        AssertOf(device, answer.ModelId, answer.Version, answer.Threshold, answer.Score);
    }

    private void AssertOf(string device, string modelId, int version, double threshold, double score)
    {
        Assert.Equal((_modelOf[device].Id, 1, 1_000.0 + Number(device)), (modelId, version, threshold));
        Assert.Equal(Expected(device), score, 1e-5 * score);
    }

    private double Expected(string device)
    {
        using var loaded = LoadedModel.Load(_modelOf[device].Package);
        return loaded.Score(device, _patches).Score;
    }

    private async Task AssertMemory()
    {
        Assert.InRange(await Metric("predictor_models_memory"), 1, SmallPredictor.Mebibytes * 1024 * 1024);
        Assert.InRange(await Metric("predictor_models_loaded"), 2, Own / 2);
    }

    private async Task<bool> InMemory(string device) => (await platform.Get<JsonElement>($"devices/{device}/model")).GetProperty("inMemory").GetBoolean();

    private async Task<double> Metric(string name)
    {
        var text = await platform.Replica.Http.GetStringAsync("metrics", Cancelled);
        var line = text.Split('\n').Single(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
