using System.Runtime.InteropServices;

namespace Platform.Cli.Processes;

/// <summary>The signals we send; numbers are Linux's.</summary>
internal enum Signal
{
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
}

internal static partial class Signals
{
    /// <summary>Sends a signal; a process that is gone already is fine.</summary>
    public static void Send(ProcessIdentity process, Signal signal)
    {
        if (process.IsAlive)
            _ = kill(process.Pid, (int)signal);
    }

    /// <summary>Kills a process and, as every child of ours leads its own session, its group.</summary>
    public static void KillGroup(ProcessIdentity process)
    {
        if (!process.IsAlive)
            return;
        _ = kill(-process.Pid, (int)Signal.Kill);
        _ = kill(process.Pid, (int)Signal.Kill);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint geteuid();

    public static bool IsRoot => geteuid() == 0;
}
