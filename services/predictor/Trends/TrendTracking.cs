using Npgsql;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Predictor.Alarms;
using Platform.Predictor.Labelling;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Trends;

/// <summary>
/// Follows the scores of each device and says when they, or a model's false alarms, leave their band. What it says goes through the outbox,
/// because the row that remembers that it was said commits with it.
/// </summary>
internal sealed class TrendTracking(TrendOptions options, IOutbox outbox)
{
    /// <summary>Median of a device's first scores; null until there are enough.</summary>
    internal double? BaselineOf(TrendState state) => TrendTransition.BandOf(options, state)?.Baseline;

    /// <summary>Adds a recording; the caller holds the device's lock since before it read the state.</summary>
    internal async Task Add(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        TrendState state,
        ScoredRecording judged,
        AlarmStep step,
        bool mayOpen,
        CancellationToken cancellationToken)
    {
        var counts = mayOpen && step.Change != AlarmChange.Late && step.State.OpenAlarm is null;
        var observation = new TrendObservation(
            judged.Prediction.Level, judged.Prediction.Verdict == Verdicts.Anomalous, counts, judged.ScoredAt);
        var (next, left, median) = TrendTransition.Next(options, state, observation);

        var (device, modelId, deployment) = TrendKey.Of(judged);
        if (left is not null)
        {
            var drift = new DriftDetected(device, modelId, judged.Version, left.Baseline, median!.Value, judged.ScoredAt);
            await outbox.Enqueue(connection, transaction, drift, cancellationToken);
            next = await Leave(connection, transaction, next, judged, BandMeasures.MedianScore, left, median.Value, cancellationToken);
        }

        await TrendStore.Keep(
            connection, transaction, new(device, modelId, deployment), judged.Version, next, judged.ScoredAt, cancellationToken);
    }

    /// <summary>Compares a deployment's false alarms with what chance explains, after one more was labelled; under the device's lock.</summary>
    internal async Task CountFalseAlarms(
        NpgsqlConnection connection, NpgsqlTransaction transaction, ScoredRecording scored, CancellationToken cancellationToken)
    {
        var key = TrendKey.Of(scored);
        var state = await TrendStore.Find(connection, transaction, key, cancellationToken);
        var falseAlarms = await LabelStore.FalseAlarms(
            connection, transaction, key.Device, key.ModelId, key.Deployment, cancellationToken);
        var rate = (double)falseAlarms / Math.Max(state.Recordings, 1);
        if (Band.OfFalseAlarms(options.ExpectedFalseAlarms, state.Recordings, falseAlarms) is not { } band || band.Contains(rate))
            return;

        var next = await Leave(connection, transaction, state, scored, BandMeasures.FalseAlarms, band, rate, cancellationToken);
        await TrendStore.Keep(connection, transaction, key, scored.Version, next, scored.ScoredAt, cancellationToken);
    }

    /// <summary>Says once per deployment that a measure left its band.</summary>
    private async Task<TrendState> Leave(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        TrendState state,
        ScoredRecording scored,
        string measure,
        Band band,
        double current,
        CancellationToken cancellationToken)
    {
        if (state.LeftBands.Contains(measure))
            return state;

        var (device, modelId, deployment) = TrendKey.Of(scored);
        var left = new ChampionLeftBand(
            device, modelId, scored.Version, deployment, measure, band.Baseline, band.Low, band.High, current, scored.ScoredAt);
        await outbox.Enqueue(connection, transaction, left, cancellationToken);
        return state with { LeftBands = [.. state.LeftBands, measure] };
    }
}
