using System.Net.Http.Json;
using System.Text.Json;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Models.Tests;
using Platform.Testing;

namespace Platform.Cli.Tests.Models;

/// <summary>One set of services for several classes, whose tests keep apart by device.</summary>
[CollectionDefinition(nameof(ModelExchange))]
public sealed class ModelExchangeCollection : ICollectionFixture<ModelExchange>;

/// <summary>All services that a model passes on its way in from Python and out to Python again.</summary>
public sealed class ModelExchange() : RunningServices("ingest", "features", "registry", "trainer", "predictor")
{
    private int devices;

    public HttpClient Registry => Http("registry");

    public HttpClient Predictor => Http("predictor");

    public IObjectStore OpenStore() => Bucket.Open();

    public string NewFolder() => Directory.CreateDirectory(Path.Combine(State, $"folder-{Guid.NewGuid():N}")).FullName;

    public Task RestartRegistry(Func<Task> whileAway) => Restart("registry", whileAway);

    /// <summary>A device that ingest and registry know.</summary>
    public async Task<string> NewDevice()
    {
        var device = $"LT-{Interlocked.Increment(ref devices)}";
        (await Http("ingest").PutAsJsonAsync($"devices/{device}", new { site = "S001", machineType = "pump" }, Ct)).EnsureSuccessStatusCode();
        await Eventually.Is(async () => (await Registry.GetFromJsonAsync<JsonElement>("devices", Ct)).EnumerateArray().Any(one => one.GetProperty("device").GetString() == device));
        return device;
    }

    /// <summary>A folder as a Python trainer leaves it.</summary>
    public static string MakeModel(string folder, string device, int seed, string change = "")
    {
        PythonTorch.Run("Models/make_model.py", device, folder, $"{seed}", change);
        return folder;
    }

    /// <summary>The folder of a device's versions, each drawn from its own number. One process for all, since torch takes seconds to load.</summary>
    public static string MakeVersions(string root, string device, params int[] versions)
    {
        var model = Path.Combine(root, "device", $"{device}_all", "conv-ae");
        PythonTorch.Run("Models/make_model.py", [device, .. versions.SelectMany(version => (string[])[Path.Combine(model, $"v{version}"), $"{version}", ""])]);
        return model;
    }

    /// <summary>What a Python predictor says with a folder about a recording.</summary>
    public (double Score, double Threshold) ScoreInPython(string folder, string device, byte[] wav)
    {
        var features = new FeatureSetExtractor(FeatureSpec.Default.Extraction).Extract(WavReader.Read(new MemoryStream(wav)));
        var view = new PatchView(FeatureSpec.Default);
        var levels = new float[features.PatchCount * view.PatchLength];
        for (var patch = 0; patch < features.PatchCount; patch++)
            view.Levels(features.Patches.AsSpan(patch * view.StoredLength, view.StoredLength), levels.AsSpan(patch * view.PatchLength, view.PatchLength));
        var file = Path.Combine(NewFolder(), "patches.npy");
        File.WriteAllBytes(file, NpyFile.Write(NpyArray.Of(levels, features.PatchCount, view.NMels, view.Frames)));
        var said = JsonSerializer.Deserialize<JsonElement>(PythonTorch.Run("Models/score_folder.py", folder, file, device));
        return (said.GetProperty("score").GetDouble(), said.GetProperty("threshold").GetDouble());
    }

    /// <summary>What the predictor says about a recording once it serves this version.</summary>
    public async Task<(double Score, double Threshold)> ScoreInPredictor(string device, int version, byte[] wav)
    {
        await Eventually.Is(
            async () => (await Http("predictor").GetAsync($"devices/{device}/model", Ct)) is { IsSuccessStatusCode: true } model
                && (await model.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("version").GetInt32() == version,
            TimeSpan.FromSeconds(30));
        using var body = new ByteArrayContent(wav);
        body.Headers.ContentType = new("audio/wav");
        var response = await Http("predictor").PostAsync($"devices/{device}/score", body, Ct);
        response.EnsureSuccessStatusCode();
        var said = await response.Content.ReadFromJsonAsync<JsonElement>(Ct);
        return (said.GetProperty("score").GetDouble(), said.GetProperty("threshold").GetDouble());
    }

    public async Task Deploy(string device, int version) => Assert.True(
        (await Registry.PostAsJsonAsync("deployments", new { modelId = $"device/{device}_all/conv-ae", version }, Ct)).IsSuccessStatusCode);

    internal async Task<JsonElement> Json(int exitCode, params string[] arguments)
    {
        var (code, output, errors) = await CommandLine.Run(State, [.. arguments, "--json"]);
        Assert.True(code == exitCode, $"exit code {code}: {errors}\n{output}");
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    internal async Task<string> Refused(params string[] arguments)
    {
        var (code, _, errors) = await CommandLine.Run(State, arguments);
        Assert.NotEqual(0, code);
        return Assert.Single(errors.Trim().Split('\n'));
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;
}
