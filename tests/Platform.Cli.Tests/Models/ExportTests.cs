using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Platform.Cli.Processes;
using Platform.Testing;

namespace Platform.Cli.Tests.Models;

[Collection(nameof(ModelExchange))]
public sealed class ExportTests(ModelExchange platform) : IDisposable
{
    private readonly List<Process> followers = [];

    /// <summary>A test that failed leaves nobody behind who follows for ever.</summary>
    public void Dispose()
    {
        foreach (var follower in followers)
        {
            if (!follower.HasExited)
                follower.Kill();
            follower.Dispose();
        }
    }

    [Fact]
    public async Task An_export_takes_the_place_of_an_older_one_whole_and_of_nothing_else()
    {
        var device = await Imported(1, 2);
        var folder = Path.Combine(platform.NewFolder(), "model");
        await platform.Json(0, "export", device, folder, "--version", "v1");
        var first = Hash(Path.Combine(folder, "ae_model.pth"));
        await using var open = File.OpenRead(Path.Combine(folder, "ae_model.pth"));

        await platform.Json(0, "export", device, folder, "--version", "2");

        Assert.NotEqual(first, Hash(Path.Combine(folder, "ae_model.pth")));
        Assert.Equal(first, Convert.ToHexString(await SHA256.HashDataAsync(open, Ct))); // who had it open reads on
        Assert.Equal(["model"], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(folder)!).Select(Path.GetFileName));
        Assert.Equal(
            ["ae_model.pth", "config.json", "detectors", "global_scale.npy", "golden.npz", "manifest.json", "metadata.json", "model.pth", "scales", "thresholds"],
            Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var strange = platform.NewFolder();
        await File.WriteAllTextAsync(Path.Combine(strange, "diary.txt"), "mine", Ct);
        Assert.Contains("is not empty and no exported model", await platform.Refused("export", device, strange, "--version", "v1"), StringComparison.Ordinal);
        Assert.Equal(["diary.txt"], Directory.EnumerateFileSystemEntries(strange).Select(Path.GetFileName));
        Assert.Contains("nothing of", await platform.Refused("export", device, folder), StringComparison.Ordinal);
        Assert.Contains("there is no v9", await platform.Refused("export", device, folder, "--version", "v9"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_package_is_not_exported_and_what_is_there_stays()
    {
        var device = await Imported(1, 2);
        var folder = Path.Combine(platform.NewFolder(), "model");
        await platform.Json(0, "export", device, folder, "--version", "v1");
        var before = Hash(Path.Combine(folder, "ae_model.pth"));
        var damaged = $"models/device/{device}_all/conv-ae/v2/model.pth";
        var store = platform.OpenStore();
        await store.Delete(damaged, Ct);
        await store.TryCreate(damaged, new MemoryStream([1, 2, 3]), Ct);

        await platform.Refused("export", device, folder, "--version", "v2");

        Assert.Equal(before, Hash(Path.Combine(folder, "ae_model.pth")));
        Assert.Equal(["model"], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(folder)!).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Following_switches_at_each_deployment_catches_up_after_a_restart_and_never_shows_a_mixture()
    {
        var device = await Imported(1, 2, 3);
        await platform.Deploy(device, 1);
        var folder = platform.NewFolder();
        var link = Path.Combine(folder, "models", device);
        var told = new ConcurrentQueue<string>();
        var follower = Follow(folder, told, "--every", "0.1", "--device", device);

        await Eventually.Is(() => Shown(link) == 1, TimeSpan.FromSeconds(30));
        using var reading = new CancellationTokenSource();
        var reader = Task.Run(() => ReadAllTheTime(link, reading.Token), Ct);
        var first = Path.GetFullPath(new FileInfo(link).LinkTarget!, Path.GetDirectoryName(link)!);

        await platform.Deploy(device, 2);
        await Eventually.Is(() => Shown(link) == 2, TimeSpan.FromSeconds(30));
        Assert.True(File.Exists(Path.Combine(first, "ae_model.pth"))); // for who resolved it before the switch

        await platform.RestartRegistry(() => Eventually.Is(() => told.Any(line => line.EndsWith("Trying again.", StringComparison.Ordinal))));
        await platform.Deploy(device, 3);
        await Eventually.Is(() => Shown(link) == 3, TimeSpan.FromSeconds(30));
        await Eventually.Is(() => !Directory.Exists(first)); // the one before the last goes
        await platform.Deploy(device, 1);
        await Eventually.Is(() => Shown(link) == 1, TimeSpan.FromSeconds(30));

        await reading.CancelAsync();
        Assert.True(await reader > 20);
        Signals.Send(ProcessIdentity.Of(follower.Id)!, Signal.Interrupt);
        await follower.WaitForExitAsync(Ct).WaitAsync(TimeSpan.FromSeconds(60), Ct);
        Assert.Equal(0, follower.ExitCode);
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(Path.Combine(folder, "versions", device)).Count());
        Assert.Equal([device], Directory.EnumerateFileSystemEntries(Path.Combine(folder, "models")).Select(Path.GetFileName));

        // What was deployed while nobody followed is there soon after the next start.
        await platform.Deploy(device, 2);
        Follow(folder, told, "--every", "0.1");
        await Eventually.Is(() => Shown(link) == 2, TimeSpan.FromSeconds(30));
    }

    /// <summary>As a Python process that resolves the folder once and then reads file by file.</summary>
    private static int ReadAllTheTime(string link, CancellationToken cancellationToken)
    {
        var rounds = 0;
        var weights = new Dictionary<int, string>();
        while (!cancellationToken.IsCancellationRequested)
        {
            var folder = Path.GetFullPath(new FileInfo(link).LinkTarget!, Path.GetDirectoryName(link)!);
            var hash = Hash(Path.Combine(folder, "ae_model.pth"));
            var version = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(folder, "export.json"))).GetProperty("version").GetInt32();
            if (!weights.TryAdd(version, hash))
                Assert.Equal(weights[version], hash);
            rounds++;
            Thread.Sleep(2);
        }

        return rounds;
    }

    private static int Shown(string link) => File.Exists(Path.Combine(link, "export.json"))
        ? JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(link, "export.json"))).GetProperty("version").GetInt32()
        : 0;

    /// <param name="told">What it says, line by line as it comes.</param>
    private Process Follow(string folder, ConcurrentQueue<string> told, params string[] options)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in new[] { Path.Combine(ServiceProcess.RepositoryRoot, "artifacts", "bin", "Platform.Cli", configuration, "platform-cli.dll"), "export", "--follow", folder }.Concat(options))
            start.ArgumentList.Add(argument);
        start.Environment["PLATFORM_STATE"] = platform.State;
        var process = Process.Start(start)!;
        followers.Add(process);
        process.OutputDataReceived += (_, line) => told.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        return process;
    }

    /// <summary>A device with imported versions, none of them deployed.</summary>
    private async Task<string> Imported(params int[] versions)
    {
        var device = await platform.NewDevice();
        var root = platform.NewFolder();
        ModelExchange.MakeVersions(root, device, versions);
        await platform.Json(0, "import-model", root);
        return device;
    }

    private static string Hash(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;
}
