using Platform.Models;

namespace Platform.Predictor.Scoring;

/// <summary>Something that waits for a slot of <see cref="ComputeSlots"/>.</summary>
internal abstract class ComputeJob
{
    protected ComputeJob() => Place = new(this);

    /// <summary>Where it waits; guarded by the lock of the slots.</summary>
    internal LinkedListNode<ComputeJob> Place { get; }

    internal long Since { get; init; }

    internal abstract void Compute();

    internal abstract void Cancel();
}

internal abstract class ComputeJob<T> : ComputeJob
{
    internal TaskCompletionSource<T> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal override void Cancel() => Result.TrySetCanceled();

    internal override void Compute()
    {
        try
        {
            Result.SetResult(Value());
        }
        catch (Exception exception)
        {
            Result.SetException(exception);
        }
    }

    protected abstract T Value();
}

internal sealed class FreeJob<T>(Func<T> compute) : ComputeJob<T>
{
    protected override T Value() => compute();
}

/// <summary>A recording to be scored by one model, alone or in a pass with others.</summary>
/// <param name="extract">Makes the patches, in a slot too; not asked when they are there already.</param>
internal sealed class ScoreJob(LoadedModel model, string device, StoredPatches? patches, Func<StoredPatches>? extract) : ComputeJob<Prediction>
{
    private StoredPatches? _patches = patches;

    internal LoadedModel Model => model;

    /// <summary>How many patches; null while they have to be made first.</summary>
    internal int? Patches => _patches?.Count;

    /// <summary>Makes the patches. False when there are none to be made of what was given, and then the caller has been told.</summary>
    internal bool Extract()
    {
        try
        {
            _patches = extract!();
            return true;
        }
        catch (Exception exception)
        {
            Result.SetException(exception);
            return false;
        }
    }

    internal static void Compute(IReadOnlyList<ScoreJob> jobs)
    {
        IReadOnlyList<Prediction> predictions;
        try
        {
            predictions = jobs[0].Model.ScoreAll([.. jobs.Select(job => job.Recording)]);
        }
        catch (Exception) when (jobs.Count > 1)
        {
            foreach (var job in jobs)
                job.Compute(); // whose fault it is shows alone
            return;
        }
        catch (Exception exception)
        {
            jobs[0].Result.SetException(exception);
            return;
        }

        for (var i = 0; i < jobs.Count; i++)
            jobs[i].Result.SetResult(predictions[i]);
    }

    protected override Prediction Value() => model.Score(device, _patches!.Values);

    private (string, ReadOnlyMemory<float>) Recording => (device, _patches!.Values);
}
