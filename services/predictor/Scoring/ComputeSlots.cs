namespace Platform.Predictor.Scoring;

/// <summary>
/// Bounds how many recordings are in computation at once. Each one runs on a single thread: libtorch's own thread count is 1
/// in this service, because recordings are small and many. One core per recording needs no barrier between threads, while
/// an OpenMP team per calling thread would have the teams fight over the same cores.
/// </summary>
internal sealed class ComputeSlots(ScoringOptions options) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.Slots);

    /// <summary>Runs a computation on the thread pool when a slot is free.</summary>
    internal async Task<T> Run<T>(Func<T> compute, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(compute, cancellationToken);
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose() => _free.Dispose();
}
