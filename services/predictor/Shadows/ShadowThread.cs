using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Platform.Predictor.Shadows;

/// <summary>
/// The one thread on which shadows compute, below every other of the process: a champion never waits for a shadow, neither in a queue nor for a
/// core. It takes no slot of the champions' either.
/// </summary>
internal sealed partial class ShadowThread : IDisposable
{
    private const int ProcessOrThread = 0;
    private const int Calling = 0;

    // A tenth of what the others get when all want the same core. Not the lowest: a garbage collection waits for this thread, too, when it runs managed code.
    private const int Nice = 10;

    private readonly Channel<Action> _work = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Thread _thread;

    public ShadowThread()
    {
        _thread = new Thread(Work) { IsBackground = true, Name = "shadows" };
        _thread.Start();
    }

    internal async Task<T> Run<T>(Func<T> compute, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var queued = _work.Writer.TryWrite(() =>
        {
            if (cancellationToken.IsCancellationRequested)
            {
                done.TrySetCanceled(cancellationToken);
                return;
            }

            try
            {
                done.TrySetResult(compute());
            }
            catch (Exception exception)
            {
                done.TrySetException(exception); // whoever waits for the result gets it
            }
        });
        ObjectDisposedException.ThrowIf(!queued, this);
        return await done.Task;
    }

    public void Dispose()
    {
        _work.Writer.TryComplete();
        _thread.Join();
    }

    private void Work()
    {
        // On Linux a thread has a nice value of its own. One that cannot be lowered works all the same, as an equal.
        if (OperatingSystem.IsLinux())
            _ = SetPriority(ProcessOrThread, Calling, Nice);

        while (_work.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_work.Reader.TryRead(out var work))
                work();
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
