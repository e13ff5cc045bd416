using System.Globalization;
using Platform.Hosting;
using Platform.Trainer.Training;

namespace Platform.Trainer.Slices;

/// <summary>The checkpoints of one run, as seen by one worker on one slice.</summary>
internal sealed partial class CheckpointStore(IObjectStore store, RunKeys run, ILogger logger)
{
    // One to resume from, and two in case it is damaged.
    private const int Kept = 3;

    /// <summary>The newest complete checkpoint; damaged ones are removed, since their steps will be reached again, and passed over.</summary>
    /// <exception cref="InvalidDataException">The checkpoint belongs to another dataset than the message.</exception>
    internal async Task<Checkpoint?> Latest(string datasetManifestSha256, CancellationToken cancellationToken)
    {
        foreach (var (step, complete) in await Steps(cancellationToken))
        {
            // Left alone: its writer may be frozen, and would find no parts to complete it from.
            if (!complete)
            {
                Incomplete(logger, run.RunName, step);
                continue;
            }

            if (await TryRead(step, cancellationToken) is not { } checkpoint)
            {
                await Remove(step, cancellationToken);
                continue;
            }

            if (checkpoint.State.DatasetManifestSha256 != datasetManifestSha256)
                throw new InvalidDataException($"Checkpoint {step} of run {run.RunName} belongs to another dataset than the message.");
            return checkpoint;
        }

        return null;
    }

    /// <remarks>
    /// Where a worker before this one already wrote, or began to write, the checkpoint of this step, that one stands: the way to
    /// a step is the same for all, so it holds the same training. Who may go on is decided by <see cref="RunStarts"/>.
    /// </remarks>
    internal async Task Save(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        var step = checkpoint.State.Step;
        await Artifacts.Publish(store, run.Checkpoint(step), checkpoint.ToFiles(), cancellationToken);

        // What a killed worker began to write goes with the complete ones of its age.
        var before = (await Steps(cancellationToken)).Where(old => old.Step < step).ToList();
        if (before.Where(old => old.Complete).Skip(Kept - 2).FirstOrDefault() is { Step: var last, Complete: true })
        {
            foreach (var old in before.Where(old => old.Step < last))
                await Remove(old.Step, cancellationToken);
        }
    }

    private async Task<Checkpoint?> TryRead(int step, CancellationToken cancellationToken)
    {
        try
        {
            return Checkpoint.FromFiles((await Artifacts.Read(store, run.Checkpoint(step), null, cancellationToken)).Files);
        }
        catch (Exception exception) when (exception is PermanentException or InvalidDataException or ObjectNotFoundException)
        {
            Damaged(logger, run.RunName, step, exception.Message);
            return null;
        }
    }

    // Newest first.
    private async Task<List<(int Step, bool Complete)>> Steps(CancellationToken cancellationToken)
    {
        var steps = new SortedDictionary<int, bool>();
        await foreach (var item in store.List(run.Checkpoints, cancellationToken))
        {
            var name = item.Key.AsSpan(run.Checkpoints.Length);
            var slash = name.IndexOf('/');
            if (slash > 0 && int.TryParse(name[..slash], NumberStyles.None, CultureInfo.InvariantCulture, out var step))
                steps[step] = steps.GetValueOrDefault(step) || name[(slash + 1)..].SequenceEqual(Artifacts.ManifestName);
        }

        return [.. steps.Reverse().Select(step => (step.Key, step.Value))];
    }

    // The manifest first: without it the rest is no checkpoint, whenever this is interrupted.
    private async Task Remove(int step, CancellationToken cancellationToken)
    {
        var prefix = run.Checkpoint(step) + "/";
        await store.Delete(prefix + Artifacts.ManifestName, cancellationToken);
        var rest = new List<string>();
        await foreach (var item in store.List(prefix, cancellationToken))
            rest.Add(item.Key);
        foreach (var key in rest)
            await store.Delete(key, cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "Run {Run}: checkpoint {Step} has no manifest, so it was never completed; the one before is taken.")]
    private static partial void Incomplete(ILogger logger, string run, int step);

    [LoggerMessage(LogLevel.Warning, "Run {Run}: checkpoint {Step} cannot be used, the one before is taken: {Problem}")]
    private static partial void Damaged(ILogger logger, string run, int step, string problem);
}
