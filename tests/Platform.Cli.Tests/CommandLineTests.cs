using System.Text.Json;
using Platform.Cli.Recordings;

namespace Platform.Cli.Tests;

/// <summary>The real program, with a state folder of its own in which nothing runs.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("platform-cli-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("--trainers must be between 1 and 20", "up", "--trainers", "0")]
    [InlineData("--trainers must be between 1 and 20", "up", "--trainers", "21")]
    [InlineData("--window-seconds must be between", "demo", "--window-seconds", "0")]
    [InlineData("--steps must be at least 1", "demo", "--steps", "0")]
    [InlineData("--steps must be at least 1", "train", "motor-1", "--steps", "0")]
    [InlineData("'sideways' not recognized. Must be one of:", "train", "motor-1", "--mode", "sideways")]
    [InlineData("Cannot parse argument 'many' for option '--sample-hours'", "train", "motor-1", "--sample-hours", "many")]
    [InlineData("Give one of DEVICE, --machine-type, --site and --global.", "train")]
    [InlineData("Give one of DEVICE, --machine-type, --site and --global.", "train", "motor-1", "--global")]
    [InlineData("Give one of DEVICE, --machine-type, --site and --global.", "train", "--site", "S001", "--machine-type", "pump")]
    [InlineData("--sites goes with --machine-type or --global.", "train", "--site", "S001", "--sites", "S002")]
    [InlineData("--sites goes with --machine-type or --global.", "train", "motor-1", "--sites", "S002")]
    [InlineData("--devices goes with --site or --global.", "train", "--machine-type", "pump", "--devices", "LT-2")]
    [InlineData("Give --sites or --devices, not both.", "train", "--global", "--sites", "S001", "--devices", "LT-2")]
    [InlineData("--aggregation is for models of several devices", "train", "motor-1", "--aggregation", "balanced")]
    [InlineData("'mean' not recognized. Must be one of:", "train", "--global", "--aggregation", "mean")]
    [InlineData("the platform is not running; ./platform up starts it", "train", "--machine-type", "pump", "--sites", "S001,S002", "--aggregation", "balanced")]
    [InlineData("is not a folder", "demo", "--data", "/nonexistent")]
    [InlineData("Required argument missing", "score", "motor-1")]
    [InlineData("the platform is not running; ./platform up starts it", "train", "motor-1")]
    [InlineData("Required argument missing", "explain")]
    [InlineData("Cannot parse argument 'yesterday'", "explain", "yesterday")]
    [InlineData("--frames 0 is out of range; allowed are 1 to 20000", "explain", "0195a1b2-0000-7000-8000-000000000000", "--frames", "0")]
    [InlineData("the platform is not running; ./platform up starts it", "explain", "0195a1b2-0000-7000-8000-000000000000")]
    [InlineData("Required argument missing", "replay")]
    [InlineData("Cannot parse argument 'LT-2'", "replay", "LT-2")]
    [InlineData("the platform is not running; ./platform up starts it", "replay", "0195a1b2-0000-7000-8000-000000000000", "--all")]
    [InlineData("the platform is not running; ./platform up starts it", "models")]
    [InlineData("the platform is not running; ./platform up starts it", "specs")]
    [InlineData("the platform is not running; ./platform up starts it", "spec", "fine", "--n-mels", "32")]
    [InlineData("nFft is 1000, allowed are powers of two", "spec", "fine", "--n-fft", "1000")]
    [InlineData("reference is 'max', allowed are 'absolute' and 'window_max'", "spec", "fine", "--reference", "max")]
    [InlineData("Cannot parse argument 'many'", "spec", "fine", "--n-mels", "many")]
    [InlineData("Required argument missing", "spec")]
    [InlineData("Give one of --device and --machine-type", "assign-spec", "fine")]
    [InlineData("Give one of --device and --machine-type", "assign-spec", "fine", "--device", "D", "--machine-type", "T")]
    [InlineData("Give the name of a spec, or --clear", "assign-spec", "--device", "D")]
    [InlineData("Give the name of a spec, or --clear", "assign-spec", "fine", "--clear", "--device", "D")]
    [InlineData("the platform is not running; ./platform up starts it", "assign-spec", "fine", "--device", "D")]
    [InlineData("Unrecognized command or argument 'frobnicate'", "frobnicate")]
    public async Task A_wrong_call_says_what_is_wrong_and_fails(string expected, params string[] arguments)
    {
        var (exitCode, output, errors) = await Run(arguments);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(expected, errors);
        Assert.DoesNotContain("   at ", output + errors); // no stack trace
    }

    [Fact]
    public async Task Status_of_a_stopped_platform_is_an_answer_for_programs_too()
    {
        var (exitCode, output, _) = await Run("status", "--json");

        Assert.Equal(1, exitCode);
        using var json = JsonDocument.Parse(output);
        Assert.False(json.RootElement.GetProperty("running").GetBoolean());
    }

    [Fact]
    public async Task Down_of_a_stopped_platform_is_no_error_and_leaves_nothing()
    {
        var (exitCode, output, _) = await Run("down");

        Assert.Equal(0, exitCode);
        Assert.Contains("was not running", output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Theory]
    [InlineData("train/normal/a.wav", "normal")]
    [InlineData("test/anomaly/a.wav", "anomalous")]
    [InlineData("test/anomaly_imbalance/a.wav", "anomalous")]
    [InlineData("normal_plus_noise/a.wav", "unlabelled")]
    [InlineData("a.wav", "unlabelled")]
    public void Folders_of_an_import_label_what_is_in_them(string path, string label) => Assert.Equal(label, ImportCommand.LabelOf(path));

    [Theory]
    [InlineData("a.wav", "audio/wav")]
    [InlineData("a.b/c.FLAC", "audio/flac")]
    [InlineData("a.mp3", "audio/mpeg")]
    [InlineData("a.m4a", "audio/mp4")]
    [InlineData("a.webm", "audio/webm")]
    [InlineData("a.dat", "application/octet-stream")]
    [InlineData("wav", "application/octet-stream")]
    public void A_file_is_declared_as_its_name_says(string file, string type) => Assert.Equal(type, AudioFiles.MediaTypeOf(file));

    private Task<(int ExitCode, string Output, string Errors)> Run(params string[] arguments) => CommandLine.Run(folder, arguments);
}
