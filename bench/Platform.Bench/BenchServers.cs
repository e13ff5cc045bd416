using System.Diagnostics;

namespace Platform.Bench;

/// <summary>PostgreSQL, RabbitMQ and an S3 store of our own while a benchmark runs, unless the environment names some already.</summary>
internal sealed class BenchServers : IDisposable
{
    private readonly Process? _process;
    private readonly string? _folder;

    private BenchServers(Process? process, string? folder) => (_process, _folder) = (process, folder);

    public static BenchServers Start()
    {
        if (Environment.GetEnvironmentVariable("PLATFORM_TEST_RABBITMQ") is not null)
            return new BenchServers(null, null);

        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Platform.sln")))
            root = root.Parent;
        var folder = Path.Combine((root ?? throw new InvalidOperationException("The checkout was not found.")).FullName, ".platform", "bench");
        var cli = Path.Combine(root.FullName, "artifacts", "bin", "Platform.Cli", "release", "platform-cli");
        var process = Process.Start(new ProcessStartInfo(cli, ["servers", "--folder", folder, "--until-stdin-closes"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;

        // Lines such as: export NAME='value'
        while (process.StandardOutput.ReadLine() is { } line && line != "# ready")
        {
            if (line.StartsWith("export ", StringComparison.Ordinal) && line.Split('=', 2) is [var name, var value])
                Environment.SetEnvironmentVariable(name["export ".Length..], value.Trim('\''));
        }

        return Environment.GetEnvironmentVariable("PLATFORM_TEST_RABBITMQ") is not null
            ? new BenchServers(process, folder)
            : throw new InvalidOperationException($"The servers did not start; their logs are in {folder}.");
    }

    public void Dispose()
    {
        if (_process is null)
            return;

        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder!, recursive: true);
    }
}
