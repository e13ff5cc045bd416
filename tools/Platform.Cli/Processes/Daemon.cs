using System.Diagnostics;

namespace Platform.Cli.Processes;

/// <summary>How a long-lived child process is started and stopped.</summary>
internal sealed record DaemonSpec(string Name, string File, IReadOnlyList<string> Arguments)
{
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public required string WorkingDirectory { get; init; }

    /// <summary>The account to run under, when we are root and the program refuses that.</summary>
    public string? RunAs { get; init; }

    public Signal StopSignal { get; init; } = Signal.Terminate;

    /// <summary>After this long it is killed.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(20);
}

/// <summary>A child process with its own session, its output in a log file and its identity in a pid file.</summary>
internal sealed class Daemon(DaemonSpec spec, string logFile, PidFile pidFile)
{
    public string Name => spec.Name;

    public string LogFile => logFile;

    public ProcessIdentity? FindAlive() => pidFile.FindAlive();

    /// <summary>False when it was running already.</summary>
    public bool StartUnlessAlive(bool diesWithUs)
    {
        if (FindAlive() is not null)
            return false;
        Start(diesWithUs);
        return true;
    }

    /// <param name="diesWithUs">The kernel then stops it when this process is gone, however it went.</param>
    public void Start(bool diesWithUs)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(logFile)!);
        Directory.CreateDirectory(spec.WorkingDirectory);

        // The shell opens the log and then becomes the program, so the pid stays the same through the whole chain.
        // setsid keeps the terminal's Ctrl-C away from it: we decide the order in which things stop.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = spec.WorkingDirectory };
        foreach (var argument in (string[])["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", logFile, "setsid", "setpriv"])
            start.ArgumentList.Add(argument);
        if (diesWithUs)
            AddAll(start, "--pdeathsig", spec.StopSignal == Signal.Interrupt ? "INT" : "TERM");
        if (spec.RunAs is { } user)
            AddAll(start, $"--reuid={user}", $"--regid={user}", "--clear-groups");
        AddAll(start, "--", spec.File);
        AddAll(start, [.. spec.Arguments]);
        foreach (var (key, value) in spec.Environment)
            start.Environment[key] = value;

        var pid = Spawner.Start(start);
        if (ProcessIdentity.Of(pid) is { } identity)
            pidFile.Write(identity);
    }

    /// <summary>Waits until the probe succeeds; fails at once when the process ends before that.</summary>
    public async Task WaitUntil(Func<CancellationToken, Task<bool>> ready, TimeSpan limit, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (!await ready(cancellationToken))
        {
            if (FindAlive() is null)
                throw new PlatformException($"{Name} ended while it started: {LastLine()} (log: {logFile})");
            if (clock.Elapsed > limit)
                throw new PlatformException($"{Name} was not ready after {limit.TotalSeconds:0} s: {LastLine()} (log: {logFile})");
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    /// <summary>Asks it to stop, waits, and kills it when it does not; true when it had been running.</summary>
    public async Task<bool> Stop()
    {
        var running = pidFile.FindAlive();
        if (running is not null)
        {
            Signals.Send(running, spec.StopSignal);
            var clock = Stopwatch.StartNew();
            while (running.IsAlive)
            {
                if (clock.Elapsed > spec.StopGrace)
                    Signals.KillGroup(running);
                await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
            }
        }

        pidFile.Delete();
        return running is not null;
    }

    private string LastLine() => File.Exists(logFile)
        ? File.ReadLines(logFile).LastOrDefault(line => !string.IsNullOrWhiteSpace(line)) ?? "its log is empty"
        : "it wrote no log";

    private static void AddAll(ProcessStartInfo start, params string[] arguments)
    {
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
    }
}
