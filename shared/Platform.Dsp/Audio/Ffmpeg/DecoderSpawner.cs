using System.Collections.Concurrent;
using System.Diagnostics;

namespace Platform.Dsp;

/// <summary>
/// Starts all decoders from one thread that lives as long as we do: the kernel sends the parent-death signal when the *thread* that
/// forked ends, and the thread pool ends threads whenever it likes.
/// </summary>
internal static class DecoderSpawner
{
    private static readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Process)> Requests = [];

    static DecoderSpawner() => new Thread(Run) { IsBackground = true, Name = "decoder spawner" }.Start();

    internal static Process Start(ProcessStartInfo start)
    {
        var process = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Requests.Add((start, process));
        return process.Task.GetAwaiter().GetResult();
    }

    private static void Run()
    {
        foreach (var (start, process) in Requests.GetConsumingEnumerable())
        {
            try
            {
                process.SetResult(Process.Start(start)!);
            }
            catch (Exception exception)
            {
                process.SetException(exception);
            }
        }
    }
}
