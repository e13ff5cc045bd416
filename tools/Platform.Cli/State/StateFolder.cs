using Platform.Cli.Processes;

namespace Platform.Cli.State;

/// <summary>The folder that holds everything a set of processes writes: data, logs, pids, ports and passwords.</summary>
internal sealed class StateFolder(string root)
{
    public string Root { get; } = Path.GetFullPath(root);

    public string Pids => Path.Combine(Root, "pids");

    public string Data(string name) => Path.Combine(Root, "data", name);

    public string Logs => Path.Combine(Root, "logs");

    public string Log(string name) => Path.Combine(Logs, name + ".log");

    public string Store => Path.Combine(Root, "store");

    public PidFile Pid(string name) => new(Path.Combine(Pids, name + ".json"));

    /// <summary>Names of the processes that were started and not stopped; after a crash they may be dead.</summary>
    public IEnumerable<string> PidNames() =>
        Directory.Exists(Pids) ? Directory.EnumerateFiles(Pids, "*.json").Select(path => Path.GetFileNameWithoutExtension(path)).Order() : [];

    public Daemon Daemon(DaemonSpec spec) => new(spec, Log(spec.Name), Pid(spec.Name));

    /// <summary>
    /// One start or stop at a time: whoever comes second waits. The kernel frees the lock when its holder dies, whatever the reason.
    /// </summary>
    public async Task<IDisposable> Lock(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Root);
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(Root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(Path.Combine(Root, "lock")))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
            }
        }
    }
}
