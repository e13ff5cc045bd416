using System.Buffers.Binary;
using System.Net.Http.Json;
using System.Text.Json;

namespace Platform.Cli.Tests.Models;

[Collection(nameof(ModelExchange))]
public sealed class ImportModelTests(ModelExchange platform)
{
    [Fact]
    public async Task A_tree_from_Python_keeps_its_numbers_and_an_export_gives_Python_the_scores_of_the_predictor()
    {
        var device = await platform.NewDevice();
        var root = platform.NewFolder();
        var model = ModelExchange.MakeVersions(root, device, 3, 7);
        await File.WriteAllTextAsync(
            Path.Combine(model, "versions.json"), """{ "versions": [{ "version": 3, "note": "first" }, "v7", 9], "champion": "v3", "previous": 7 }""", Ct);

        // 1. In, and served.
        var imported = await platform.Json(0, "import-model", root, "--deploy");
        Assert.Equal([(3, "imported"), (7, "imported")], imported.GetProperty("imported").EnumerateArray().Select(one => (one.GetProperty("version").GetInt32(), one.GetProperty("outcome").GetString()!)));
        Assert.Equal([$"device/{device}_all/conv-ae v7", $"device/{device}_all/conv-ae v3"], Texts(imported, "deployed"));
        Assert.Equal([$"device/{device}_all/conv-ae v9"], Texts(imported, "missing"));
        var wav = Hum(10);
        var (score, threshold) = await platform.ScoreInPredictor(device, 3, wav);

        // 2. Out again: the folder that Python made and the one that it gets score as the predictor does.
        var exported = Path.Combine(platform.NewFolder(), "exported");
        await platform.Json(0, "export", device, exported);
        var before = platform.ScoreInPython(Path.Combine(model, "v3"), device, wav);
        var after = platform.ScoreInPython(exported, device, wav);
        Assert.Equal(0.0625, threshold);
        Assert.Equal(before, after);
        Assert.Equal(threshold, after.Threshold);
        Assert.InRange(score / after.Score, 1 - 1e-5, 1 + 1e-5);

        // 3. The same again is nothing new, neither from the tree nor from the export.
        var again = await platform.Json(0, "import-model", root, "--deploy");
        Assert.Equal(["there already", "there already"], again.GetProperty("imported").EnumerateArray().Select(one => one.GetProperty("outcome").GetString()));
        var returned = await platform.Json(0, "import-model", exported);
        Assert.Equal((3, "there already"), (returned.GetProperty("imported")[0].GetProperty("version").GetInt32(), returned.GetProperty("imported")[0].GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task An_export_under_another_number_scores_as_before()
    {
        var device = await platform.NewDevice();
        var folder = ModelExchange.MakeModel(Path.Combine(platform.NewFolder(), "model"), device, seed: 11);
        await platform.Json(0, "import-model", folder);
        var exported = Path.Combine(platform.NewFolder(), "v5");
        await platform.Json(0, "export", device, exported, "--version", "v1");
        File.Delete(Path.Combine(exported, "manifest.json"));
        var config = await File.ReadAllTextAsync(Path.Combine(exported, "config.json"), Ct);
        await File.WriteAllTextAsync(Path.Combine(exported, "config.json"), config + "\n", Ct);

        var imported = await platform.Json(0, "import-model", exported, "--deploy");

        Assert.Equal((5, "imported"), (imported.GetProperty("imported")[0].GetProperty("version").GetInt32(), imported.GetProperty("imported")[0].GetProperty("outcome").GetString()));
        var wav = Hum(9);
        var (score, _) = await platform.ScoreInPredictor(device, 5, wav);
        Assert.InRange(score / platform.ScoreInPython(folder, device, wav).Score, 1 - 1e-5, 1 + 1e-5);
    }

    [Theory]
    [InlineData("nan", "'encoder.0.weight' holds a value that is not finite")]
    [InlineData("shape", "'decoder.0.bias' has shape [5], the network needs [8]")]
    [InlineData("names", "it has 0 convolutions named encoder.0.weight")]
    [InlineData("threshold", "the threshold is -0.1")]
    [InlineData("scale", "both levels are -90")]
    [InlineData("pickle=", "Not a zip file")]
    [InlineData("zip-pickle=", "posix.system")]
    public async Task What_could_not_be_served_is_refused_with_the_reason_and_nothing_is_executed(string change, string reason)
    {
        var device = await platform.NewDevice();
        var executed = Path.Combine(platform.NewFolder(), "executed");
        var folder = ModelExchange.MakeModel(
            Path.Combine(platform.NewFolder(), "model"), device, seed: 1, change.EndsWith('=') ? change + executed : change);

        var result = (await platform.Json(1, "import-model", folder)).GetProperty("imported")[0];

        Assert.Equal("failed", result.GetProperty("outcome").GetString());
        Assert.Contains(reason, result.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.False(File.Exists(executed));
        Assert.Equal(0, (await platform.Registry.GetFromJsonAsync<JsonElement>($"models?device={device}", Ct)).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task A_number_that_is_taken_by_something_else_is_refused_and_the_rest_goes_on()
    {
        var device = await platform.NewDevice();
        var root = platform.NewFolder();
        var model = ModelExchange.MakeVersions(root, device, 1, 2, 3);
        var (first, second, third) = (Path.Combine(model, "v1"), Path.Combine(model, "v2"), Path.Combine(model, "v3"));
        var aside = platform.NewFolder();
        Directory.Move(second, Path.Combine(aside, "v2"));
        Directory.Move(third, Path.Combine(aside, "v3"));
        await platform.Json(0, "import-model", root);
        Directory.Delete(first, recursive: true);
        Directory.Move(Path.Combine(aside, "v2"), first);
        Directory.Move(Path.Combine(aside, "v3"), second);

        var results = (await platform.Json(1, "import-model", root)).GetProperty("imported").EnumerateArray().ToList();

        Assert.Equal(["refused", "imported"], results.Select(one => one.GetProperty("outcome").GetString()));
        Assert.Contains("exists already with other content", results[0].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_arguments_are_one_line()
    {
        Assert.Contains("is not a folder", await platform.Refused("import-model", "/nowhere/at/all"), StringComparison.Ordinal);
        Assert.Contains("no folder holds ae_model.pth", await platform.Refused("import-model", platform.NewFolder()), StringComparison.Ordinal);
        Assert.Contains("--grace -1 is out of range", await platform.Refused("retention", "--grace", "-1"), StringComparison.Ordinal);
        Assert.Contains("there is no model 'device/none_all/conv-ae'", await platform.Refused("export", "none", platform.NewFolder()), StringComparison.Ordinal);
        Assert.Contains("is no version", await platform.Refused("export", "none", platform.NewFolder(), "--version", "latest"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retention_says_what_it_would_do()
    {
        var device = await platform.NewDevice();
        var root = platform.NewFolder();
        ModelExchange.MakeVersions(root, device, 1, 2, 3);
        await platform.Json(0, "import-model", root);

        var report = await platform.Json(0, "retention", "--dry-run", "--keep", "1", "--days", "0", "--grace", "1");

        var marked = report.GetProperty("result").GetProperty("marked");
        Assert.Contains($"models/device/{device}_all/conv-ae/v2", marked.GetProperty("examples").EnumerateArray().Select(one => one.GetString()));
        Assert.True(marked.GetProperty("bytes").GetInt64() > 10_000, marked.ToString());
    }

    private static IEnumerable<string?> Texts(JsonElement shown, string member) => shown.GetProperty(member).EnumerateArray().Select(one => one.GetString());

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    internal static byte[] Hum(double seconds)
    {
        const int rate = 16_000;
        var samples = (int)(rate * seconds);
        var wav = new byte[44 + 2 * samples];
        "RIFF"u8.CopyTo(wav);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), wav.Length - 8);
        "WAVEfmt "u8.CopyTo(wav.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(24), rate);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(28), 2 * rate);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(34), 16);
        "data"u8.CopyTo(wav.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40), 2 * samples);
        var random = new Random(5);
        for (var i = 0; i < samples; i++)
            BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(44 + 2 * i), (short)(8_000 * Math.Sin(2 * Math.PI * 120 * i / rate) + 300 * (random.NextDouble() - 0.5)));
        return wav;
    }
}
