using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit;

namespace Platform.Testing;

/// <summary>A built service as a child process, as operators run it: real settings, real port, real signals.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(120);

    private readonly Process process;
    private readonly StringBuilder log = new();
    private readonly List<string> errors = [];

    private ServiceProcess(string service, Process process, Uri address)
    {
        Service = service;
        Address = address;
        this.process = process;
        Http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(100) };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += (sender, line) =>
        {
            Keep(sender, line);
            if (!string.IsNullOrEmpty(line.Data))
            {
                lock (log)
                    errors.Add(line.Data);
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Service { get; }

    public Uri Address { get; }

    /// <summary>A client of this process.</summary>
    public HttpClient Http { get; }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <summary>What it wrote to stdout and stderr so far.</summary>
    public string Log
    {
        get
        {
            lock (log)
                return log.ToString();
        }
    }

    /// <summary>The lines that it wrote to stderr so far.</summary>
    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (log)
                return [.. errors];
        }
    }

    /// <summary>Starts a service, e.g. <c>ingest</c>, and returns once it is ready; fails with its log otherwise.</summary>
    /// <param name="environment">Settings, e.g. <c>Bus__Uri</c>; nothing else of ours is inherited.</param>
    public static async Task<ServiceProcess> Start(string service, IReadOnlyDictionary<string, string> environment)
    {
        var started = Launch(service, environment);
        try
        {
            await Eventually.Is(
                async () => started.HasExited || (await started.Http.GetAsync("health/ready")).IsSuccessStatusCode,
                LongestStart,
                $"{service} is ready");
            Assert.False(started.HasExited, $"{service} ended with exit code {(started.HasExited ? started.ExitCode : 0)}");
            return started;
        }
        catch (Exception exception)
        {
            await started.DisposeAsync();
            throw new InvalidOperationException($"{service} did not start: {exception.Message}\n{started.Log}", exception);
        }
    }

    /// <summary>Starts a service without waiting for anything.</summary>
    public static ServiceProcess Launch(string service, IReadOnlyDictionary<string, string> environment)
    {
        var address = environment.TryGetValue("ASPNETCORE_URLS", out var given) ? new Uri(given) : new Uri($"http://127.0.0.1:{FreePorts.Next()}");
        var start = CommandFor(DllOf(service));
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach (var name in start.Environment.Keys.Where(name => name.Contains("__", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["ASPNETCORE_URLS"] = address.AbsoluteUri;
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["Bus__RetryInterval"] = "00:00:00.050"; // tests of failures need not wait as long as production
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new ServiceProcess(service, ProcessLauncher.Start(start), address);
    }

    /// <summary>The settings that every service takes.</summary>
    public static Dictionary<string, string> Settings(TestDatabase? database, string role, TestVhost vhost, Hosting.ObjectStoreOptions store)
    {
        var settings = new Dictionary<string, string> { ["Bus__Uri"] = vhost.Uri, ["ObjectStore__Uri"] = store.Uri };
        if (database is not null)
            settings["Database__ConnectionString"] = database.ConnectionString(role);
        if (store.Endpoint is not null)
        {
            settings["ObjectStore__Endpoint"] = store.Endpoint;
            settings["ObjectStore__AccessKey"] = store.AccessKey!;
            settings["ObjectStore__SecretKey"] = store.SecretKey!;
        }

        return settings;
    }

    /// <summary>SIGKILL: what a crash or a lost machine looks like.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>SIGTERM: what a rolling update sends. Returns the exit code.</summary>
    public async Task<int> Stop(TimeSpan? within = null)
    {
        await Signal("TERM");
        return await WaitForExit(within ?? TimeSpan.FromSeconds(40));
    }

    /// <summary>SIGSTOP: a machine that hangs, swaps or is being moved.</summary>
    public Task Freeze() => Signal("STOP");

    /// <summary>SIGCONT: it goes on as if nothing had happened.</summary>
    public Task Thaw() => Signal("CONT");

    /// <summary>Resident memory, as the kernel counts it.</summary>
    public long ResidentBytes
    {
        get
        {
            var line = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Returns the exit code; fails when the process does not end in time.</summary>
    public async Task<int> WaitForExit(TimeSpan within)
    {
        using var limit = new CancellationTokenSource(within);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{Service} did not end within {within.TotalSeconds:0} s.\n{Log}");
        }

        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!process.HasExited)
            await Kill();
        process.Dispose();
    }

    /// <summary>The folder that holds Platform.sln, found upwards from the test's own output.</summary>
    public static string RepositoryRoot { get; } = FindRoot(AppContext.BaseDirectory);

    private static string DllOf(string service)
    {
        var name = $"Platform.{char.ToUpperInvariant(service[0])}{service[1..]}";
        // The service is built as the test is: release beside release, debug beside debug.
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var dll = Path.Combine(RepositoryRoot, "artifacts", "bin", name, configuration, $"{name}.dll");
        Assert.True(File.Exists(dll), $"{dll} is missing: build services/{service} first.");
        return dll;
    }

    /// <summary>With setpriv, where it is installed, the child dies with the test process whatever kills that.</summary>
    private static ProcessStartInfo CommandFor(string dll) => File.Exists("/usr/bin/setpriv")
        ? new ProcessStartInfo("/usr/bin/setpriv", ["--pdeathsig", "KILL", DotnetHost(), dll])
        : new ProcessStartInfo(DotnetHost(), [dll]);

    private static string DotnetHost() => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path
        ? path
        : "dotnet";

    private static string FindRoot(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Platform.sln")))
                return at.FullName;
        }

        throw new DirectoryNotFoundException($"No Platform.sln above {folder}.");
    }

    private async Task Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
            return;
        lock (log)
            log.AppendLine(line.Data);
    }
}
