using System.Globalization;
using System.Text;
using System.Text.Json;
using Platform.Hosting;
using Platform.Trainer.Results;
using Platform.Trainer.Training;

namespace Platform.Trainer.Slices;

/// <summary>What one slice did, for people and for plots: written once, when the slice ends.</summary>
/// <param name="from">The step at which the slice began.</param>
/// <param name="notesBefore">How many of the run's notes are in the logs of earlier slices.</param>
internal sealed class SliceLog(IObjectStore store, RunKeys run, int slice, int from, int notesBefore)
{
    internal Task Write(TrainingState state, CancellationToken cancellationToken) =>
        Write(state, $"{Environment.MachineName}:{Environment.ProcessId}", cancellationToken);

    /// <summary>A redelivered slice that wrote its log before it died leaves it as it is.</summary>
    /// <param name="host">Who did the work.</param>
    internal async Task Write(TrainingState state, string host, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"slice {slice} on {host}, ");
        text.Append(CultureInfo.InvariantCulture, $"libtorch {state.LibtorchVersion}, {state.InstructionSet}, {state.Device} {state.Precision}, {state.Threads} threads, ");
        text.Append(CultureInfo.InvariantCulture, $"seed {state.Seed}: steps {from} to {state.Step}\n");
        foreach (var note in state.Notes.Skip(notesBefore))
            text.Append(CultureInfo.InvariantCulture, $"note: {note}\n");

        var metrics = new StringBuilder();
        foreach (var point in state.Metrics.Where(point => point.Step > from))
        {
            text.Append(CultureInfo.InvariantCulture, $"step {point.Step} epoch {point.Epoch} training {point.TrainingLoss:g6} ");
            text.Append(CultureInfo.InvariantCulture, $"validation {point.ValidationLoss:g6} lr {point.Lr:g6} ");
            text.Append(CultureInfo.InvariantCulture, $"{point.Seconds:f1} s {point.PatchesPerSecond:f0} patches/s {point.MemoryMib:f0} MiB{(point.Best ? " best" : "")}\n");
            metrics.Append(JsonSerializer.Serialize(point, RunJson.Line)).Append('\n');
        }

        await store.TryCreate(run.SliceLog(slice), Encoding.UTF8.GetBytes(text.ToString()), cancellationToken);
        await store.TryCreate(run.SliceMetrics(slice), Encoding.UTF8.GetBytes(metrics.ToString()), cancellationToken);
    }
}
