namespace Platform.Predictor.Serving;

/// <summary>
/// Keeps packages in memory up to the budget. Who has to go when it is exceeded: superseded deployments first, then models of devices
/// that are not active, then those of active ones, each time the one unused for longest. Thread-safe.
/// </summary>
internal sealed partial class ModelMemory
{
    // Machines are listened to every few minutes; whoever is silent for an hour may wait for a load of some ten milliseconds.
    internal static readonly TimeSpan ActiveFor = TimeSpan.FromHours(1);

    private static readonly TimeSpan WarnEvery = TimeSpan.FromMinutes(10);

    private readonly ServingOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<ModelMemory> _logger;
    private readonly Lock _lock = new();
    private readonly HashSet<ServedModel> _resident = [];
    private long _bytes;
    private long _warnedAt;

    public ModelMemory(ServingOptions options, TimeProvider clock, ILogger<ModelMemory> logger)
    {
        (_options, _clock, _logger) = (options, clock, logger);
        Telemetry.WatchMemory(() => Bytes, () => Count);
    }

    internal long Bytes => Volatile.Read(ref _bytes);

    internal int Count
    {
        get
        {
            lock (_lock)
                return _resident.Count;
        }
    }

    /// <summary>
    /// Takes over the caller's use of a package. One that nobody asked for yet stays only where there is room: it pushes nobody out.
    /// </summary>
    internal void Keep(ServedModel model, ResidentPackage package)
    {
        List<ResidentPackage> leaving = [];
        lock (_lock)
        {
            if (Remove(model) is { } older)
                leaving.Add(older); // it was loaded twice, one after the other
            model.Put(package); // also when it leaves at once: it has been verified
            if (model.Retired || (model.LastUse == 0 && !IsActive(model) && _bytes + package.Bytes > _options.ModelMemoryBytes))
            {
                leaving.Add(model.Take()!);
            }
            else
            {
                _resident.Add(model);
                _bytes += package.Bytes;
                MakeRoom(model, leaving);
            }
        }

        foreach (var one in leaving)
            one.Model.Done();
    }

    /// <summary>For a deployment that is two behind, or was withdrawn: its package goes when its last lease ends, and none comes back.</summary>
    internal void Retire(ServedModel model)
    {
        ResidentPackage? leaving;
        lock (_lock)
        {
            model.Retired = true;
            leaving = Remove(model);
        }

        leaving?.Model.Done();
    }

    internal bool IsActive(ServedModel model) => model.LastRecording != 0 && _clock.GetElapsedTime(model.LastRecording) < ActiveFor;

    private void MakeRoom(ServedModel newest, List<ResidentPackage> leaving)
    {
        while (_bytes > _options.ModelMemoryBytes && _resident.Where(model => model != newest).MinBy(Worth) is { } least)
        {
            if (!least.Superseded && IsActive(least))
                WarnOfBudget();
            leaving.Add(Remove(least)!);
            Telemetry.ModelEvicted();
        }
    }

    private (int Rank, long LastUse) Worth(ServedModel model) => (model.Superseded ? 0 : IsActive(model) ? 2 : 1, model.LastUse);

    private ResidentPackage? Remove(ServedModel model)
    {
        if (!_resident.Remove(model))
            return null;
        var package = model.Take()!;
        _bytes -= package.Bytes;
        return package;
    }

    private void WarnOfBudget()
    {
        var now = _clock.GetTimestamp();
        if (_warnedAt != 0 && _clock.GetElapsedTime(_warnedAt, now) < WarnEvery)
            return;
        _warnedAt = now;
        LogBudget(_options.ModelMemoryMebibytes, _resident.Count(IsActive));
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Serving__ModelMemoryMebibytes = {Mebibytes} is too little for the {Count} models of devices that sent recordings lately: they push each other out and are loaded again and again")]
    private partial void LogBudget(int mebibytes, int count);
}
