using System.Runtime.InteropServices;

namespace Platform.Trainer.Slices;

/// <summary>
/// Gives memory back when the last slice at work has ended: a trainer may wait for days, and every run's buffers, native ones too,
/// would otherwise stay spread over the process.
/// </summary>
internal sealed partial class IdleMemory
{
    private int _working;

    internal IDisposable Working()
    {
        Interlocked.Increment(ref _working);
        return new Work(this);
    }

    private void Ended()
    {
        if (Interlocked.Decrement(ref _working) > 0)
            return;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers(); // tensors that were left to them
        _ = MallocTrim(0);
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint keep);

    private sealed class Work(IdleMemory memory) : IDisposable
    {
        public void Dispose() => memory.Ended();
    }
}
