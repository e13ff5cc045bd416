namespace Platform.Predictor.Replay;

/// <summary>
/// Bounds how many explanations and replays are at work: each may load a model and hold the patches and errors of an hour, and people
/// who look at recordings must not take the cores from the recordings that come in. Beyond the bound one waits.
/// </summary>
internal sealed class PeoplesTurns : IDisposable
{
    private const int AtOnce = 2;

    private readonly SemaphoreSlim _free = new(AtOnce);

    internal async Task<T> Take<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(work, cancellationToken);
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose() => _free.Dispose();
}
