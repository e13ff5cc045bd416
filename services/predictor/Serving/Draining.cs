namespace Platform.Predictor.Serving;

/// <summary>
/// A value with native memory that several threads use while others replace it: it is disposed exactly once, when its
/// last user is done. Thread-safe. It is born with one use, that of its creator.
/// </summary>
internal sealed class Draining<T>(T value) where T : class, IDisposable
{
    private int _uses = 1;

    internal T Value => value;

    /// <summary>False when the value is already disposed; true must be followed by exactly one <see cref="Done"/>.</summary>
    internal bool TryUse()
    {
        var uses = Volatile.Read(ref _uses);
        while (uses > 0)
        {
            var seen = Interlocked.CompareExchange(ref _uses, uses + 1, uses);
            if (seen == uses)
                return true;
            uses = seen;
        }

        return false;
    }

    internal void Done()
    {
        var left = Interlocked.Decrement(ref _uses);
        ObjectDisposedException.ThrowIf(left < 0, this);
        if (left == 0)
            value.Dispose();
    }
}
