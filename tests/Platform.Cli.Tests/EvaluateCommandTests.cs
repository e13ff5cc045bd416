using System.Text.Json;
using Platform.Cli.Demo;

namespace Platform.Cli.Tests;

/// <summary>The real program with a platform of its own: it needs none of the servers that other tests share.</summary>
public sealed class EvaluateCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("platform-cli-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Known_recordings_become_figures_and_nothing_stays_behind()
    {
        var data = Path.Combine(folder, "data");
        await Write(Path.Combine(data, "motor_1"), SampleMachine.All[0]);
        await Write(Path.Combine(data, "silent"), SampleMachine.All[0], train: 1); // a model of one recording has no threshold
        var scores = Path.Combine(folder, "scores.jsonl");
        var state = Path.Combine(folder, "state");

        var (exitCode, output, errors) = await CommandLine.Run(state, "evaluate", data, "--json", "--steps", "60", "--clicks", "--scores", scores);

        Assert.True(exitCode == 1, $"{exitCode}: {output} {errors}"); // one device of two has no figures
        using var json = JsonDocument.Parse(output);
        var motor = json.RootElement.GetProperty("devices").EnumerateArray().Single(device => device.GetProperty("device").GetString() == "motor_1");
        Assert.Equal((6, 6, 0), (motor.GetProperty("normal").GetInt32(), motor.GetProperty("anomalous").GetInt32(), motor.GetProperty("unscored").GetInt32()));
        Assert.True(motor.GetProperty("auc").GetDouble() > 0.9, output);
        Assert.Equal(2, motor.GetProperty("aucInterval").GetArrayLength());
        Assert.Contains("reconstruction", motor.GetProperty("detectors").EnumerateArray().Select(detector => detector.GetProperty("detector").GetString()));
        Assert.Equal(
            [("normal_again", 2), ("normal_plus_click", 6)],
            motor.GetProperty("others").EnumerateArray().Select(other => (other.GetProperty("set").GetString()!, other.GetProperty("recordings").GetInt32())));
        Assert.Equal(12, motor.GetProperty("timeline").GetProperty("scored").GetInt32());
        var silent = json.RootElement.GetProperty("devices").EnumerateArray().Single(device => device.GetProperty("device").GetString() == "silent");
        Assert.False(string.IsNullOrEmpty(silent.GetProperty("error").GetString()));
        Assert.Equal(1, json.RootElement.GetProperty("summary").GetProperty("failed").GetInt32());
        Assert.Contains("motor_1", errors); // the tables are for people
        Assert.Equal(6 + 6 + 6 + 2 + 12, File.ReadAllLines(scores).Length);
        Assert.Empty(Directory.EnumerateDirectories(state));
    }

    private static async Task Write(string folder, SampleMachine machine, int train = 24)
    {
        await Takes(folder, machine, "train/normal", "train", train);
        await Takes(folder, machine, "test/normal", "test", 6);
        await Takes(folder, machine, "test/normal_again", "again", 2);
        await Takes(folder, machine, "test/anomaly", "faulty", 6, machine.Faults[0]);
        await Takes(folder, machine, "timeline", "life-a", 6);
        await Takes(folder, machine, "timeline", "life-b", 6, machine.Faults[0]);
    }

    private static async Task Takes(string folder, SampleMachine machine, string group, string name, int count, string? fault = null)
    {
        Directory.CreateDirectory(Path.Combine(folder, group));
        for (var i = 0; i < count; i++)
            await File.WriteAllBytesAsync(Path.Combine(folder, group, $"{name}-{i:00}.wav"), machine.Record(fault, $"{name}-{i}").ToWav(), TestContext.Current.CancellationToken);
    }
}
