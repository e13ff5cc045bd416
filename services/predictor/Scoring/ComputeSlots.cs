using Platform.Models;

namespace Platform.Predictor.Scoring;

/// <summary>
/// Bounds how much is in computation at once. Each computation runs on a single thread: libtorch's own thread count is 1
/// in this service, because recordings are small and many. One core per computation needs no barrier between threads, while
/// an OpenMP team per calling thread would have the teams fight over the same cores.
/// </summary>
/// <remarks>
/// Recordings of one model that wait for a slot at the same time are scored in one pass of its network, whichever way they came. Nobody waits in
/// order to be joined: with a free slot a recording is computed at once and alone. First come, first served, but what <see cref="RunWhenIdle"/> gets
/// leaves the slots to everybody else. What is computed in the background waits until nobody else computes in any slot: a core beside the one that computes
/// a champion's score is what the request, the database and the broker run on. (Threads of a low priority would do that as well, until
/// a garbage collection waits for one that is not given a core.)
/// </remarks>
internal sealed class ComputeSlots(ScoringOptions options, TimeProvider clock)
{
    /// <summary>After that long, what waits for an idle slot takes the next one: a replica that is never idle still gets new models.</summary>
    private static readonly TimeSpan LongestWaitForIdle = TimeSpan.FromMilliseconds(100);

    /// <summary>Likewise in the background, one step at a time: on a replica that is never idle it is behind, and still shows signs of life.</summary>
    private static readonly TimeSpan LongestWaitInBackground = TimeSpan.FromSeconds(1);

    // Beyond this a larger pass gains nothing, and those in it wait for each other.
    private const int LargestPass = 16;

    // Some three milliseconds: what comes meanwhile stands behind no more than that.
    private const int BackgroundStep = 4;

    private readonly Lock _lock = new();
    private readonly LinkedList<ComputeJob> _waiting = [];
    private readonly LinkedList<ComputeJob> _whenIdle = [];
    private readonly LinkedList<ComputeJob> _background = [];

    // Of two or more slots one is always free of it, so that who comes finds one.
    private readonly int _mostInBackground = Math.Max(1, options.Slots / 2);
    private int _busy;
    private int _inBackground;

    /// <summary>Runs a computation on the thread pool when a slot is free.</summary>
    internal Task<T> Run<T>(Func<T> compute, CancellationToken cancellationToken) => Queue(_waiting, new FreeJob<T>(compute), cancellationToken);

    /// <summary>As <see cref="Run"/>, when nobody else wants the slot: for work of some milliseconds that no request waits for.</summary>
    internal Task<T> RunWhenIdle<T>(Func<T> compute, CancellationToken cancellationToken) =>
        Queue(_whenIdle, new FreeJob<T>(compute) { Since = clock.GetTimestamp() }, cancellationToken);

    /// <summary>Scores a recording, together with others of this model that wait as well; the caller keeps its lease until then.</summary>
    internal Task<Prediction> Score(LoadedModel model, string device, StoredPatches patches, CancellationToken cancellationToken) =>
        Queue(_waiting, new ScoreJob(model, device, patches, extract: null), cancellationToken);

    /// <summary>As the other one, of a recording whose patches are made first.</summary>
    /// <exception cref="Exception">What <paramref name="extract"/> throws.</exception>
    internal Task<Prediction> Score(LoadedModel model, string device, Func<StoredPatches> extract, CancellationToken cancellationToken) =>
        Queue(_waiting, new ScoreJob(model, device, patches: null, extract), cancellationToken);

    /// <summary>Runs a step of work that nobody waits for at all: when nobody else computes, and never in all slots at once.</summary>
    internal Task<T> RunInBackground<T>(Func<T> step, CancellationToken cancellationToken) =>
        Queue(_background, new FreeJob<T>(step) { Since = clock.GetTimestamp() }, cancellationToken);

    /// <summary>Returns when nobody computed: the moment to begin what nobody waits for.</summary>
    internal Task Idle(CancellationToken cancellationToken) => RunInBackground(() => true, cancellationToken);

    /// <summary>Scores a recording a few patches at a time, each time when nobody else wants the slot.</summary>
    internal async Task<Prediction> ScoreInBackground(LoadedModel model, string device, StoredPatches patches, CancellationToken cancellationToken)
    {
        using var steps = model.ScoreInSteps(device, patches.Values, BackgroundStep).GetEnumerator();
        while (await RunInBackground(() => steps.MoveNext() && steps.Current is null, cancellationToken))
        {
            // The next step queues up behind everybody who has come meanwhile.
        }

        return steps.Current!;
    }

    private async Task<T> Queue<T>(LinkedList<ComputeJob> queue, ComputeJob<T> job, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            queue.AddLast(job.Place);
            if (_busy < options.Slots)
            {
                _busy++;
                _ = Task.Run(Work, CancellationToken.None);
            }
        }

        // Who gives up while waiting leaves; what is in computation is waited for, because it uses the caller's model.
        await using var giveUp = cancellationToken.UnsafeRegister(_ => Leave(job), null);
        return await job.Result.Task;
    }

    private void Leave(ComputeJob job)
    {
        lock (_lock)
        {
            if (job.Place.List is not { } queue)
                return;
            queue.Remove(job.Place);
        }

        job.Cancel();
    }

    private void Work()
    {
        for (var inBackground = false; Next(inBackground, out inBackground) is { } jobs;)
        {
            if (jobs is [ScoreJob { Patches: null } unready])
            {
                if (unready.Extract() && !WaitsForOthers(unready))
                    ScoreJob.Compute([unready]);
            }
            else if (jobs is [ScoreJob, ..])
            {
                ScoreJob.Compute([.. jobs.Cast<ScoreJob>()]);
            }
            else
            {
                jobs[0].Compute();
            }
        }
    }

    /// <summary>Lets those pass that came meanwhile, if one of them can share the pass: it is there for both when they are through.</summary>
    private bool WaitsForOthers(ScoreJob job)
    {
        lock (_lock)
        {
            if (!_waiting.Any(other => other is ScoreJob scoring && scoring.Model == job.Model))
                return false;
            _waiting.AddLast(job.Place);
            return true;
        }
    }

    /// <summary>The job that is next, with those that can be computed in the same pass; null gives the slot back.</summary>
    private List<ComputeJob>? Next(bool wasInBackground, out bool inBackground)
    {
        lock (_lock)
        {
            if (wasInBackground)
                _inBackground--;
            var others = _busy - _inBackground - 1; // of the slots; this one is the one that asks
            var background = _inBackground < _mostInBackground ? _background.First : null;
            var first = Overdue(_whenIdle.First, LongestWaitForIdle) ?? Overdue(background, LongestWaitInBackground)
                ?? _waiting.First ?? _whenIdle.First ?? (others == 0 ? background : null);
            inBackground = first is not null && first.List == _background;
            if (first is null)
            {
                _busy--;
                return null;
            }

            if (inBackground)
                _inBackground++;
            first.List!.Remove(first);
            return first.Value is ScoreJob { Patches: { } patches } scoring ? WithOthers(scoring, patches) : [first.Value];
        }
    }

    private LinkedListNode<ComputeJob>? Overdue(LinkedListNode<ComputeJob>? place, TimeSpan longest) =>
        place is not null && clock.GetElapsedTime(place.Value.Since) > longest ? place : null;

    private List<ComputeJob> WithOthers(ScoreJob first, int patches)
    {
        List<ComputeJob> jobs = [first];
        for (var node = _waiting.First; node is not null && patches < LargestPass;)
        {
            var (candidate, next) = (node, node.Next);
            if (candidate.Value is ScoreJob { Patches: { } more } other && other.Model == first.Model && patches + more <= LargestPass)
            {
                _waiting.Remove(candidate);
                jobs.Add(other);
                patches += more;
            }

            node = next;
        }

        return jobs;
    }
}
