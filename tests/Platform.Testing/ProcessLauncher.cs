using System.Collections.Concurrent;
using System.Diagnostics;

namespace Platform.Testing;

/// <summary>Starts child processes from one thread that lives as long as the test process.</summary>
/// <remarks>
/// <c>setpriv --pdeathsig</c> kills the child when the *thread* that started it ends, and threads of the pool come and go.
/// </remarks>
internal static class ProcessLauncher
{
    private static readonly BlockingCollection<Action> Requests = StartThread();

    public static Process Start(ProcessStartInfo start)
    {
        var result = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Requests.Add(() =>
        {
            try
            {
                result.SetResult(Process.Start(start)!);
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        });
        return result.Task.GetAwaiter().GetResult();
    }

    private static BlockingCollection<Action> StartThread()
    {
        var requests = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var request in requests.GetConsumingEnumerable())
                request();
        })
        {
            IsBackground = true,
            Name = "process launcher",
        }.Start();
        return requests;
    }
}
