using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Platform.Predictor.Serving;

/// <summary>
/// Threads on which packages are unpacked, built and verified. Half of the cores, and at a lower priority than scoring: a load may take
/// longer, a request may not.
/// </summary>
internal sealed partial class LoadThreads : IDisposable
{
    // Linux gives such a thread about a tenth of what it gives one of usual priority, and all that nobody else wants.
    private const int Niceness = 10;

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread[] _threads;

    public LoadThreads()
    {
        _threads = [.. Enumerable.Range(0, Count).Select(number => new Thread(Work) { IsBackground = true, Name = $"model load {number}" })];
        foreach (var thread in _threads)
            thread.Start();
    }

    internal static int Count { get; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 16);

    internal Task<T> Run<T>(Func<T> load, CancellationToken cancellationToken)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(
            () =>
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    result.SetCanceled(cancellationToken);
                    return;
                }

                try
                {
                    result.SetResult(load());
                }
                catch (Exception exception)
                {
                    result.SetException(exception);
                }
            },
            cancellationToken);
        return result.Task;
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        foreach (var thread in _threads)
            thread.Join();
        _work.Dispose();
    }

    private void Work()
    {
        // On Linux the priority is that of the calling thread; elsewhere it would be that of the process. Refused, loads compete as equals.
        if (OperatingSystem.IsLinux())
            _ = SetPriority(0, 0, Niceness);
        foreach (var load in _work.GetConsumingEnumerable())
            load();
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
