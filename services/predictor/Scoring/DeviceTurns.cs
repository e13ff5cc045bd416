using System.Collections.Concurrent;

namespace Platform.Predictor.Scoring;

/// <summary>
/// Lets recordings of one device be scored at the same time and yet take effect in the order in which they came: one that overtakes
/// another makes that one late, and late ones change no alarm. Thread-safe; for one replica, between replicas nothing is ordered.
/// </summary>
internal sealed class DeviceTurns
{
    private readonly Lock _taking = new();
    private readonly ConcurrentDictionary<string, Turn> _last = new(StringComparer.Ordinal);

    internal Turn Take(string device)
    {
        lock (_taking)
        {
            var turn = new Turn(this, device, _last.GetValueOrDefault(device)?.Over ?? Task.CompletedTask);
            _last[device] = turn;
            return turn;
        }
    }

    /// <summary>A place in the queue of a device, given back when disposed.</summary>
    internal sealed class Turn(DeviceTurns turns, string device, Task before) : IDisposable
    {
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task Over => _over.Task;

        /// <summary>Returns when everybody before is done, whatever became of them.</summary>
        internal Task Come(CancellationToken cancellationToken) => before.WaitAsync(cancellationToken);

        // Who leaves before his turn has come must not let those behind pass the ones in front.
        public void Dispose()
        {
            if (before.IsCompleted)
                End();
            else
                before.ContinueWith(_ => End(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        private void End()
        {
            turns._last.TryRemove(KeyValuePair.Create(device, this));
            _over.TrySetResult();
        }
    }
}
