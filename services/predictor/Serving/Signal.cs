using System.Threading.Channels;

namespace Platform.Predictor.Serving;

/// <summary>Wakes one waiting loop; raised twice before it is waited for, it wakes once. Thread-safe.</summary>
internal sealed class Signal(TimeProvider clock)
{
    private readonly Channel<bool> _raised = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    internal void Raise() => _raised.Writer.TryWrite(true);

    /// <summary>True when it was raised, false when the time was over first.</summary>
    internal async Task<bool> Wait(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            return await _raised.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
