using System.Diagnostics.Metrics;

namespace Platform.Trainer.Slices;

/// <summary>What a worker did, for dashboards: <c>/metrics</c> and OTLP.</summary>
internal sealed class TrainerMeter : IDisposable
{
    private readonly Meter _meter = new("Platform.Trainer");
    private readonly Counter<long> _steps;
    private readonly Counter<long> _slices;

    public TrainerMeter()
    {
        _steps = _meter.CreateCounter<long>("trainer.steps", "{step}", "Optimiser steps taken");
        _slices = _meter.CreateCounter<long>("trainer.slices", "{slice}", "Slices worked on, by how they ended");
    }

    internal void Stepped(int steps) => _steps.Add(steps);

    internal void Ended(SliceOutcome outcome) =>
        _slices.Add(1, new KeyValuePair<string, object?>("outcome", outcome.GetType().Name.ToLowerInvariant()));

    public void Dispose() => _meter.Dispose();
}
