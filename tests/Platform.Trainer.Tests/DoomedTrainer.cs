using System.Globalization;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Trainer.Tests;

/// <summary>A trainer process that is killed (SIGKILL) at a given point of what it does to the store.</summary>
internal sealed class DoomedTrainer : IAsyncDisposable
{
    private readonly ServiceProcess _process;
    private readonly string _run;
    private readonly KillPoint _point;
    private readonly TaskCompletionSource<string> _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private bool _armed;
    private bool _asked;
    private bool _dying;
    private int _seen;

    /// <param name="mayDieIdle">False when it must write a new checkpoint first, since too many before it did not.</param>
    internal DoomedTrainer(StoreProxy proxy, IReadOnlyDictionary<string, string> settings, string run, KillPoint point, bool mayDieIdle)
    {
        (_run, _point, _armed) = (run, point, mayDieIdle);
        (proxy.Before, proxy.After) = (request => Pass(request, after: false), request => Pass(request, after: true));
        _process = ServiceProcess.Launch("trainer", settings);
    }

    /// <summary>Ends with what it died of; never, if the run ends before that.</summary>
    internal Task<string> Killed => _killed.Task;

    /// <summary>It wrote a whole checkpoint that was not there before.</summary>
    internal bool CameFurther { get; private set; }

    internal string Log => _process.Log;

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    // False ends the request without an answer.
    private async Task<bool> Pass(StoreRequest request, bool after)
    {
        if (!request.Key.StartsWith($"runs/{_run}/", StringComparison.Ordinal))
            return true;
        lock (_lock)
        {
            if (_dying)
                return false;
            if (!_asked)
            {
                _asked = true;
                StartClock();
            }

            if (!request.Writes || !IsHere(request, after))
                return true;
            _dying = true;
        }

        await Die(string.Create(CultureInfo.InvariantCulture, $"{(after ? "after" : "before")} {request}"));
        return false;
    }

    private bool IsHere(StoreRequest request, bool after)
    {
        var kind = KillPoint.KindOf(request);
        var armed = _armed;
        if (after && kind == KillPoint.Checkpoint && request.Key.Split('/') is [.., not ".publishing", Artifacts.ManifestName] && request.Method == "PUT")
        {
            CameFurther = true;
            if (!_armed)
            {
                _armed = true;
                StartClock();
            }
        }

        if (!armed || _point is not KillPoint.Boundary boundary || kind != boundary.Kind)
            return false;
        if (!after)
            _seen++;
        return _seen >= boundary.Number && after == boundary.After;
    }

    private void StartClock()
    {
        if (_armed && _point is KillPoint.Moment moment)
            _ = DieLater(moment);
    }

    private async Task DieLater(KillPoint.Moment moment)
    {
        await Task.Delay(moment.Milliseconds);
        lock (_lock)
        {
            if (_dying)
                return;
            _dying = true;
        }

        await Die(moment.ToString());
    }

    private async Task Die(string point)
    {
        await _process.Kill();
        _killed.TrySetResult(point);
    }
}
