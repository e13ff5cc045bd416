using System.Diagnostics;
using System.Text.Json;
using Platform.Cli.Demo.Sound;
using Platform.Testing;

namespace Platform.Cli.Tests;

/// <summary>The real program against a real ingest and features.</summary>
public sealed class RecordingsAndSpecsTests(IngestAndFeatures platform) : IClassFixture<IngestAndFeatures>, IDisposable
{
    private static readonly byte[] TenSeconds = new Clip().ToWav();

    private readonly string audio = Directory.CreateTempSubdirectory("platform-cli-").FullName;

    public void Dispose() => Directory.Delete(audio, recursive: true);

    [Fact]
    public async Task Recordings_that_are_too_short_are_counted_and_a_shorter_window_takes_them()
    {
        Write("pump-1/normal/three.wav", TenSeconds[..(44 + 3 * 32_000)]);
        Write("pump-1/half.wav", TenSeconds[..(44 + 16_000)]);
        Write("pump-1/ten.wav", TenSeconds);
        Write("pump-1/list.flac", "#EXTM3U\nten.wav\n"u8.ToArray());

        // 1. the default window is eight seconds
        var (exitCode, output, errors) = await Run("import", audio, "--json");
        Assert.Equal(1, exitCode); // one was refused
        var imported = JsonDocument.Parse(output).RootElement;
        Assert.Equal((3, 2), (imported.GetProperty("archived").GetInt32(), imported.GetProperty("tooShort").GetInt32()));
        Assert.Contains("refused", errors);
        Assert.Contains("list.flac", Assert.Single(imported.GetProperty("refused").EnumerateArray()).GetProperty("file").GetString());
        Assert.Contains("2 shorter than one window", errors);

        // 2. a spec with one second, for the type that a device has of which nobody said anything
        var made = await Json("spec", "one-second", "--win-seconds", "1", "--hop-seconds", "0.5", "--n-mels", "32");
        Assert.Equal((32, 32), (made.GetProperty("extraction").GetProperty("nMels").GetInt32(), made.GetProperty("frames").GetInt32()));
        Assert.Equal(made.GetRawText(), (await Json("spec", "one-second", "--win-seconds", "1", "--hop-seconds", "0.5", "--n-mels", "32")).GetRawText());
        var assigned = await Json("assign-spec", "one-second", "--machine-type", "machine");
        Assert.Equal(("one-second", true), (assigned.GetProperty("featureSpec").GetString(), assigned.GetProperty("devices").GetInt32() > 0));

        // 3. what was there is extracted again, and half a second is too short still
        await Eventually.Is(async () => (await Json("import", audio)).GetProperty("tooShort").GetInt32() == 1, TimeSpan.FromSeconds(60));
        var recordings = JsonDocument.Parse((await Run("status", "--json")).Output).RootElement.GetProperty("recordings");
        Assert.Equal(1, recordings.GetProperty("tooShort").GetInt32()); // the other test's is long enough

        var specs = await Json("specs");
        Assert.Superset(new HashSet<string?> { "default", "one-second" }, specs.GetProperty("specs").EnumerateArray().Select(spec => spec.GetProperty("name").GetString()).ToHashSet());
        Assert.Equal("one-second", specs.GetProperty("machineTypes")[0].GetProperty("featureSpec").GetString());
    }

    [Fact]
    public async Task Recordings_of_any_format_and_rate_become_features()
    {
        (string File, int Rate)[] files =
        [
            ("a.wav", 44_100), ("b.flac", 96_000), ("c.mp3", 22_050), ("d.m4a", 48_000), ("e.ogg", 44_100), ("f.opus", 48_000), ("g.mkv", 48_000),
            ("h.webm", 48_000), ("i.mp4", 44_100), ("j.wav", 8_000),
        ];
        SkipWithoutFfmpeg();
        foreach (var (file, rate) in files)
            await Sine(Path.Combine(audio, "mixed", file), rate);

        var (exitCode, output, errors) = await Run("import", audio, "--json");

        Assert.True(exitCode == 0, errors);
        var imported = JsonDocument.Parse(output).RootElement;
        Assert.Equal((files.Length, 0), (imported.GetProperty("archived").GetInt32(), imported.GetProperty("tooShort").GetInt32()));
        var data = JsonDocument.Parse(await platform.Features.GetStringAsync("devices/mixed/data", TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal((files.Length, 0), (data.GetProperty("extracted").GetInt32(), data.GetProperty("failed").GetInt32()));
        Assert.Contains("10 there already", (await Run("import", audio)).Output);

        var list = await platform.Ingest.GetStringAsync("devices/mixed/recordings", TestContext.Current.CancellationToken);
        foreach (var id in JsonDocument.Parse(list).RootElement.EnumerateArray().Select(recording => recording.GetProperty("id").GetGuid()))
        {
            var picture = await platform.Features.GetByteArrayAsync($"recordings/{id}/spectrogram.png", TestContext.Current.CancellationToken);
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], picture[..4]);
        }
    }

    [Fact]
    public async Task What_only_the_decoder_finds_out_is_reported_each_time()
    {
        SkipWithoutFfmpeg();
        var noise = new byte[50_000];
        new Random(1).NextBytes(noise);
        Write("broken-1/noise.flac", [.. "fLaC"u8, .. noise]);
        Write("broken-1/ten.wav", TenSeconds);

        foreach (var known in new[] { 0, 2 })
        {
            var (exitCode, output, errors) = await Run("import", audio, "--json");

            Assert.Equal(1, exitCode);
            var imported = JsonDocument.Parse(output).RootElement;
            Assert.Equal((known, 0), (imported.GetProperty("known").GetInt32(), imported.GetProperty("refused").GetArrayLength()));
            Assert.Contains("noise.flac", Assert.Single(imported.GetProperty("unreadable").EnumerateArray()).GetProperty("file").GetString());
            Assert.Contains("unreadable: ", errors);
        }
    }

    [Fact]
    public async Task A_device_gets_a_spec_of_its_own_and_loses_it_again()
    {
        Write("fan-1/ten.wav", TenSeconds);
        Assert.Equal(0, (await Run("import", audio)).ExitCode);
        await Json("spec", "own", "--win-seconds", "2");

        Assert.Equal("device", (await Json("assign-spec", "own", "--device", "fan-1")).GetProperty("featureSpecFrom").GetString());
        Assert.NotEqual("device", (await Json("assign-spec", "--clear", "--device", "fan-1")).GetProperty("featureSpecFrom").GetString());
    }

    [Theory]
    [InlineData("There is no feature spec 'nothing'", "assign-spec", "nothing", "--machine-type", "machine")]
    [InlineData("There is no device 'nobody'", "assign-spec", "default", "--device", "nobody")]
    [InlineData("There is a spec 'default' with other content", "spec", "default", "--n-mels", "32")]
    [InlineData("machineType 'a_b' is not allowed", "assign-spec", "default", "--machine-type", "a_b")]
    public async Task What_the_platform_refuses_is_said(string expected, params string[] arguments)
    {
        var (exitCode, _, errors) = await Run(arguments);

        Assert.Equal(1, exitCode);
        Assert.Contains(expected, errors);
    }

    /// <summary>Where tests must not skip, they fail on it by themselves.</summary>
    private static void SkipWithoutFfmpeg()
    {
        var required = Environment.GetEnvironmentVariable("CI") == "true" || Environment.GetEnvironmentVariable("PLATFORM_TEST_REQUIRE_SERVERS") == "true";
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        Assert.SkipUnless(required || folders.Any(folder => File.Exists(Path.Combine(folder, "ffmpeg"))), "ffmpeg is not installed.");
    }

    /// <summary>Ten seconds of 1 kHz in the format that the name says.</summary>
    private static async Task Sine(string file, int rate)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var start = new ProcessStartInfo("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "sine=1000:duration=10", "-ar", $"{rate}", file])
        {
            RedirectStandardError = true,
        };
        using var ffmpeg = Process.Start(start)!;
        var errors = await ffmpeg.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await ffmpeg.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(ffmpeg.ExitCode == 0, errors);
    }

    private void Write(string path, byte[] content)
    {
        var file = Path.Combine(audio, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
    }

    private async Task<JsonElement> Json(params string[] arguments)
    {
        var (_, output, errors) = await Run(arguments.Contains("--json") ? arguments : [.. arguments, "--json"]);
        return output.Length > 0 ? JsonDocument.Parse(output).RootElement : throw new InvalidOperationException(errors);
    }

    private Task<(int ExitCode, string Output, string Errors)> Run(params string[] arguments) =>
        CommandLine.Run(platform.State, arguments);
}
