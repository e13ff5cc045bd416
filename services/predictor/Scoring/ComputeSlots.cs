using Platform.Models;

namespace Platform.Predictor.Scoring;

/// <summary>
/// Bounds how much is in computation at once. Each computation runs on a single thread: libtorch's own thread count is 1
/// in this service, because recordings are small and many. One core per computation needs no barrier between threads, while
/// an OpenMP team per calling thread would have the teams fight over the same cores.
/// </summary>
/// <remarks>
/// Recordings of one model that wait for a slot at the same time are scored in one pass of its network. Nobody waits in order to be joined:
/// with a free slot a recording is computed at once and alone. First come, first served, but what <see cref="RunWhenIdle"/> gets leaves the slots
/// to everybody else. (Threads of a low priority would do that too, until a garbage collection waits for one that is not given a core.)
/// </remarks>
internal sealed class ComputeSlots(ScoringOptions options, TimeProvider clock)
{
    /// <summary>After that long, what waits for an idle slot takes the next one: a replica that is never idle still gets new models.</summary>
    private static readonly TimeSpan LongestWaitForIdle = TimeSpan.FromMilliseconds(100);

    // Beyond this a larger pass gains nothing, and those in it wait for each other.
    private const int LargestPass = 16;

    private readonly Lock _lock = new();
    private readonly LinkedList<Job> _waiting = [];
    private readonly LinkedList<Job> _whenIdle = [];
    private int _busy;

    /// <summary>Runs a computation on the thread pool when a slot is free.</summary>
    internal Task<T> Run<T>(Func<T> compute, CancellationToken cancellationToken) => Queue(_waiting, new FreeJob<T>(compute), cancellationToken);

    /// <summary>As <see cref="Run"/>, when nobody else wants the slot: for work of some milliseconds that no request waits for.</summary>
    internal Task<T> RunWhenIdle<T>(Func<T> compute, CancellationToken cancellationToken) =>
        Queue(_whenIdle, new FreeJob<T>(compute) { Since = clock.GetTimestamp() }, cancellationToken);

    /// <summary>Scores a recording, together with others of this model that wait as well; the caller keeps its lease until then.</summary>
    internal Task<Prediction> Score(LoadedModel model, string device, StoredPatches patches, CancellationToken cancellationToken) =>
        Queue(_waiting, new ScoreJob(model, device, patches), cancellationToken);

    private async Task<T> Queue<T>(LinkedList<Job> queue, Job<T> job, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<Job> place;
        lock (_lock)
        {
            place = queue.AddLast(job);
            if (_busy < options.Slots)
            {
                _busy++;
                _ = Task.Run(Work, CancellationToken.None);
            }
        }

        // Who gives up while waiting leaves; what is in computation is waited for, because it uses the caller's model.
        await using var giveUp = cancellationToken.UnsafeRegister(_ => Leave(place), null);
        return await job.Result.Task;
    }

    private void Leave(LinkedListNode<Job> place)
    {
        lock (_lock)
        {
            if (place.List is not { } queue)
                return;
            queue.Remove(place);
        }

        place.Value.Cancel();
    }

    private void Work()
    {
        while (Next() is { } jobs)
        {
            if (jobs is [ScoreJob, ..])
                ScoreJob.Compute([.. jobs.Cast<ScoreJob>()]);
            else
                jobs[0].Compute();
        }
    }

    /// <summary>The job that waits for longest, with those that can be computed in the same pass; null gives the slot back.</summary>
    private List<Job>? Next()
    {
        lock (_lock)
        {
            var first = _whenIdle.First is { } idle && (_waiting.Count == 0 || clock.GetElapsedTime(idle.Value.Since) > LongestWaitForIdle)
                ? idle
                : _waiting.First;
            if (first is null)
            {
                _busy--;
                return null;
            }

            first.List!.Remove(first);
            List<Job> jobs = [first.Value];
            if (first.Value is not ScoreJob scoring)
                return jobs;
            var patches = scoring.Patches;
            for (var node = _waiting.First; node is not null && patches < LargestPass;)
            {
                var (candidate, next) = (node, node.Next);
                if (candidate.Value is ScoreJob other && other.Model == scoring.Model && patches + other.Patches <= LargestPass)
                {
                    _waiting.Remove(candidate);
                    jobs.Add(other);
                    patches += other.Patches;
                }

                node = next;
            }

            return jobs;
        }
    }

    private abstract class Job
    {
        internal long Since { get; init; }

        internal abstract void Compute();

        internal abstract void Cancel();
    }

    private abstract class Job<T> : Job
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

    private sealed class FreeJob<T>(Func<T> compute) : Job<T>
    {
        protected override T Value() => compute();
    }

    private sealed class ScoreJob(LoadedModel model, string device, StoredPatches patches) : Job<Prediction>
    {
        internal LoadedModel Model => model;
        internal int Patches => patches.Count;

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

        protected override Prediction Value() => model.Score(device, patches.Values);

        private (string, ReadOnlyMemory<float>) Recording => (device, patches.Values);
    }
}
