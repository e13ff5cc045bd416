using System.Collections.Concurrent;
using System.Diagnostics;

namespace Platform.Cli.Processes;

/// <summary>
/// Starts all children from one thread that lives as long as we do: the kernel sends the parent-death signal when the
/// *thread* that forked ends, and the thread pool ends threads whenever it likes.
/// </summary>
internal static class Spawner
{
    private static readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<int> Pid)> Requests = [];

    static Spawner() => new Thread(Run) { IsBackground = true, Name = "spawner" }.Start();

    public static int Start(ProcessStartInfo start)
    {
        var pid = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Requests.Add((start, pid));
        return pid.Task.GetAwaiter().GetResult();
    }

    private static void Run()
    {
        foreach (var (start, pid) in Requests.GetConsumingEnumerable())
        {
            try
            {
                using var process = Process.Start(start)!;
                pid.SetResult(process.Id);
            }
            catch (Exception exception)
            {
                pid.SetException(exception);
            }
        }
    }
}
