using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Platform.Cli.Processes;
using Platform.Cli.State;

namespace Platform.Cli.Servers;

/// <summary>A private PostgreSQL cluster on loopback; Debian's own cluster and service are never used.</summary>
internal sealed class PostgresServer : IServer
{
    private readonly string data;
    private readonly string? runAs;
    private readonly Daemon daemon;
    private readonly StateFolder state;
    private readonly string password;
    private readonly int port;

    /// <param name="durable">False spares the waiting for the disk: right for data that nobody needs after a crash.</param>
    public PostgresServer(StateFolder state, PortBlock ports, Secrets secrets, bool durable = true)
    {
        this.state = state;
        password = secrets.Postgres;
        port = ports.Postgres;
        runAs = Signals.IsRoot ? ServerAccount.Find() : null;
        data = runAs is null ? state.Data("postgres") : ServerAccount.ReachableFolder(state, "postgres");
        daemon = state.Daemon(new("postgres", Binary("postgres"),
        [
            "-D", data, "-p", port.ToString(CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=", // loopback only; socket paths have a length limit that a deep checkout exceeds
            "-c", "max_connections=300", // each test class and service replica brings its own pool
            "-c", "shared_buffers=64MB",
            "-c", durable ? "fsync=on" : "fsync=off",
        ])
        {
            WorkingDirectory = "/",
            RunAs = runAs,
            StopSignal = Signal.Interrupt, // fast shutdown: ends sessions instead of waiting for them
        });
    }

    public string Name => "postgres";

    public bool IsAlive => FindAlive() is not null;

    public int Port => port;

    public string DataFolder => data;

    public ProcessIdentity? FindAlive() => daemon.FindAlive();

    /// <summary>Connection string of the superuser.</summary>
    public string ConnectionString(string? database = null) =>
        $"Host=127.0.0.1;Port={port};Username=platform;Password={password};Database={database ?? "postgres"}";

    public async Task<bool> Start(bool diesWithUs, CancellationToken cancellationToken)
    {
        if (daemon.FindAlive() is not null)
            return false;
        if (!File.Exists(Path.Combine(data, "PG_VERSION")))
            await Initialise(cancellationToken);
        await ClearCrash(cancellationToken);
        daemon.Start(diesWithUs);
        await daemon.WaitUntil(Answers, TimeSpan.FromMinutes(1), cancellationToken);
        return true;
    }

    public Task<bool> Stop() => daemon.Stop();

    /// <summary>Into a folder beside it and then moved, so that a cluster is complete or absent.</summary>
    private async Task Initialise(CancellationToken cancellationToken)
    {
        var fresh = data + ".new";
        var parent = Path.GetDirectoryName(data)!;
        Directory.CreateDirectory(parent);
        if (Directory.Exists(fresh))
            Directory.Delete(fresh, recursive: true);
        Directory.CreateDirectory(fresh);
        var passwordFile = Path.Combine(fresh + ".password");
        try
        {
            await File.WriteAllTextAsync(passwordFile, password + "\n", cancellationToken);
            File.SetUnixFileMode(passwordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            if (runAs is not null)
                await Tool.Run("chown", [$"{runAs}:", fresh, passwordFile], cancellationToken);
            await Tool.Run(Binary("initdb"),
                ["-D", fresh, "-U", "platform", "-A", "scram-sha-256", $"--pwfile={passwordFile}", "--encoding=UTF8", "--locale=C.UTF-8"],
                cancellationToken, runAs);
        }
        finally
        {
            File.Delete(passwordFile);
        }

        if (Directory.Exists(data))
            Directory.Delete(data, recursive: true);
        Directory.Move(fresh, data);
    }

    /// <summary>
    /// After kill -9 of the postmaster alone its backends live on for a moment, and its pid file may name a process that is somebody else's by now.
    /// </summary>
    private async Task ClearCrash(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (Leftovers().ToList() is { Count: > 0 } leftovers)
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(5))
                foreach (var process in leftovers)
                    Signals.Send(process, Signal.Kill);
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }

        File.Delete(Path.Combine(data, "postmaster.pid"));
    }

    /// <summary>Processes of this cluster: each has the data folder as its working directory.</summary>
    private IEnumerable<ProcessIdentity> Leftovers() =>
        from folder in Directory.EnumerateDirectories("/proc")
        let pid = int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var number) ? number : 0
        where pid > 0 && LinkTarget(folder + "/cwd") == data
        let identity = ProcessIdentity.Of(pid)
        where identity is not null
        select identity;

    private static string? LinkTarget(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // ended meanwhile, or another user's and so not ours
        }
    }

    private async Task<bool> Answers(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString() + ";Pooling=false;Timeout=2");
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException exception) when (exception is not PostgresException { SqlState: PostgresErrorCodes.InvalidPassword })
        {
            return false; // not listening yet, or still recovering
        }
        catch (PostgresException)
        {
            throw new PlatformException($"PostgreSQL in {data} does not accept the password in {state.Root}/secrets.json.");
        }
    }

    private static string Binary(string name)
    {
        const string versions = "/usr/lib/postgresql";
        var newest = Directory.Exists(versions)
            ? Directory.EnumerateDirectories(versions)
                .OrderByDescending(folder => double.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0)
                .Select(folder => Path.Combine(folder, "bin", name))
                .FirstOrDefault(File.Exists)
            : null;
        return newest ?? Tool.Find(name) ?? throw new PlatformException($"PostgreSQL's {name} is not installed (Debian: apt-get install postgresql).");
    }
}
