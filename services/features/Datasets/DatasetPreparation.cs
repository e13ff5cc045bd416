using Platform.Contracts;
using Platform.Hosting;

namespace Platform.Features.Datasets;

/// <summary>Brings a run to its answer, one slice of work at a time.</summary>
internal sealed partial class DatasetPreparation(
    DatasetPlanning planning, DatasetSlices slices, RunDatasetStore runs, PreparingProgress progress, IObjectStore store, ILogger<DatasetPreparation> logger)
{
    /// <summary>
    /// Works on a run for one slice, or answers it again. Any number of instances may try; a message whose slice belongs to another one
    /// does nothing.
    /// </summary>
    /// <param name="messageId">Of the message that asks; a redelivery has the same.</param>
    /// <returns>True when there is more to do.</returns>
    public async Task<bool> Work(PrepareTraining run, int slice, Guid messageId, CancellationToken cancellationToken)
    {
        // The first message may also be repeated by its sender, under another id, and is answered again when the answer is there.
        if (slice > 0 && !await runs.Claim(run.RunId, slice, messageId, cancellationToken))
            return false;

        await progress.Announce(run, patchesPerSecond: 0, cancellationToken);
        var dataset = await runs.Find(run.RunId, cancellationToken) ?? await planning.Plan(run, cancellationToken);
        if (!dataset.Answered)
        {
            if (slice == 0 && !await runs.Claim(run.RunId, slice, messageId, cancellationToken))
                return false;
            if (await IsCancelled(run, cancellationToken))
                return false;
            if (!await TryWrite(run, dataset.DatasetId!, cancellationToken))
                return true;
            dataset = (await runs.Find(run.RunId, cancellationToken))!;
        }

        await runs.Announce(run, dataset, cancellationToken);
        return false;
    }

    private async Task<bool> TryWrite(PrepareTraining run, string datasetId, CancellationToken cancellationToken)
    {
        try
        {
            if (!await slices.Work(datasetId, progress.Counting(run, cancellationToken), cancellationToken))
                return false;
            await runs.Complete(run.RunId, cancellationToken);
            return true;
        }
        catch (Exception error) when (error is ObjectNotFoundException or ObjectCorruptException)
        {
            // Waiting heals neither; the run ends now, with the object's name, instead of by the watchdog.
            await runs.Refuse(run.RunId, $"The dataset cannot be written: {error.Message}", cancellationToken);
            return true;
        }
    }

    private async Task<bool> IsCancelled(PrepareTraining run, CancellationToken cancellationToken)
    {
        if (await store.Find($"runs/{run.RunName}/cancelled", cancellationToken) is null)
            return false;
        LogCancelled(run.RunName, run.RunId);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunName} ({RunId}) was cancelled while its dataset was being written")]
    private partial void LogCancelled(string runName, Guid runId);
}
