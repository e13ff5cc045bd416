using System.Globalization;

namespace Platform.Cli.Processes;

/// <summary>
/// A process that a later invocation can recognise: pids are reused, so the start time (in clock ticks since boot) and the boot belong to it.
/// </summary>
internal sealed record ProcessIdentity(int Pid, long StartTicks, string BootId)
{
    private static readonly string CurrentBoot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The identity of a running process, or null when there is none (a zombie counts as none).</summary>
    public static ProcessIdentity? Of(int pid) => ReadStat(pid) is { } stat ? new(pid, stat.StartTicks, CurrentBoot) : null;

    public bool IsAlive => BootId == CurrentBoot && ReadStat(Pid) is { } stat && stat.StartTicks == StartTicks;

    /// <summary>Reads /proc/PID/stat; the name in parentheses may hold blanks and parentheses, so fields count from the last one.</summary>
    private static (char State, long StartTicks)? ReadStat(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (IOException)
        {
            return null; // gone, or going while it was read
        }

        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var state = fields[0][0];
        const int startTimeField = 22 - 3; // proc(5) counts from 1, and two fields stand before the state
        return state is 'Z' or 'X' ? null : (state, long.Parse(fields[startTimeField], CultureInfo.InvariantCulture));
    }
}
