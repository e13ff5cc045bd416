using System.Net.Http.Json;
using System.Text.Json;
using Platform.Testing;

namespace Platform.Cli.Tests.Models;

/// <summary><c>score</c>, <c>explain</c> and <c>replay</c> as people call them, with a model that came from Python.</summary>
[Collection(nameof(ModelExchange))]
public sealed class ExplainAndReplayTests(ModelExchange platform)
{
    [Fact]
    public async Task A_recording_is_explained_and_replayed_from_the_command_line_until_its_audio_is_gone()
    {
        var device = await platform.NewDevice();
        var root = platform.NewFolder();
        ModelExchange.MakeVersions(root, device, 1);
        await platform.Json(0, "import-model", root);
        await platform.Deploy(device, 1);
        var folder = Directory.CreateDirectory(Path.Combine(platform.NewFolder(), device)).FullName;
        var (file, png) = (Path.Combine(folder, "hum.wav"), Path.Combine(folder, "map.png"));
        await File.WriteAllBytesAsync(file, Wav(), Ct);
        await platform.ScoreInPredictor(device, 1, Wav());
        await platform.Json(0, "import", Path.GetDirectoryName(folder)!);
        var recording = await Scored(device);

        var score = await platform.Json(0, "score", device, file, "--png", png);
        var explained = await platform.Json(0, "explain", recording, "--png", png + ".2", "--frames", "50");
        var (code, text, _) = await CommandLine.Run(platform.State, "replay", recording);
        var replayed = await platform.Json(0, "replay", recording);

        Assert.Equal(score.GetProperty("score").GetDouble(), explained.GetProperty("score").GetDouble(), 1e-9);
        Assert.Equal("reconstruction", Assert.Single(score.GetProperty("detectors").EnumerateArray()).GetProperty("detector").GetString());
        Assert.InRange(explained.GetProperty("frames").GetArrayLength(), 1, 50);
        Assert.All(new[] { png, png + ".2" }, picture => Assert.Equal(1_200, DecodedPng.Read(File.ReadAllBytes(picture)).Width));
        Assert.Equal(0, code);
        Assert.Contains("The same scores to the last bit", text, StringComparison.Ordinal);
        Assert.True(replayed.GetProperty("same").GetBoolean());

        var store = platform.OpenStore();
        await foreach (var audio in store.List($"audio/{device}/", Ct))
            await store.Delete(audio.Key, Ct);
        var (failed, gone, _) = await CommandLine.Run(platform.State, "replay", recording);
        Assert.Equal(1, failed);
        Assert.Contains("The archive has no audio", gone, StringComparison.Ordinal);
        Assert.Contains("there is neither an alarm nor a scored recording", await platform.Refused("replay", Guid.NewGuid().ToString()), StringComparison.Ordinal);
        Assert.Contains("(404)", await platform.Refused("explain", Guid.NewGuid().ToString()), StringComparison.Ordinal);
        Assert.Contains("cannot be written", await platform.Refused("explain", recording, "--png", "/nonexistent/map.png"), StringComparison.Ordinal);
    }

    private async Task<string> Scored(string device)
    {
        string? recording = null;
        await Eventually.Is(
            async () => (recording = (await platform.Predictor.GetFromJsonAsync<JsonElement>($"devices/{device}/predictions", Ct)).EnumerateArray()
                .Select(one => one.GetProperty("recordingId").GetString()).FirstOrDefault()) is not null,
            TimeSpan.FromSeconds(60));
        return recording!;
    }

    /// <summary>Nine seconds at 16 kHz: one window of the default spec.</summary>
    private static byte[] Wav()
    {
        const int samples = 9 * 16_000;
        using var stream = new MemoryStream();
        using var wav = new BinaryWriter(stream);
        wav.Write("RIFF"u8);
        wav.Write(36 + 2 * samples);
        wav.Write("WAVEfmt "u8);
        wav.Write(16);
        wav.Write((short)1);
        wav.Write((short)1);
        wav.Write(16_000);
        wav.Write(32_000);
        wav.Write((short)2);
        wav.Write((short)16);
        wav.Write("data"u8);
        wav.Write(2 * samples);
        for (var i = 0; i < samples; i++)
            wav.Write((short)(8_000 * Math.Sin(2 * Math.PI * 120 * i / 16_000)));
        return stream.ToArray();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;
}
