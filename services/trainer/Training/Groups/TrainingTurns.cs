using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Trainer.Training.Groups;

/// <summary>
/// Who trains next, of the sessions that want to. One of its kind trains as if it were alone; several of one kind step together.
/// A session that paused keeps its row until somebody else needs its state, so reports cost a group nothing. Belongs to the
/// training thread.
/// </summary>
/// <param name="runsAtOnce">Sessions that may step together, on a GPU or not; 1 for none.</param>
internal sealed class TrainingTurns(Func<bool, int> runsAtOnce) : IDisposable
{
    // Of the GPU's free memory when a group begins, for its datasets: the rest is for activations.
    private const int ResidentPart = 4;

    private readonly List<TrainingTurn> _waiting = [];
    private readonly List<TrainingGroup> _groups = [];

    internal bool Any => _waiting.Count > 0;

    internal void Add(TrainingTurn turn) => _waiting.Add(turn);

    /// <summary>Trains until the first one pauses or ends, or until somebody wants this thread for something else.</summary>
    internal void Train(Func<bool> interrupted)
    {
        var first = _waiting[0];
        var atOnce = runsAtOnce(first.Session.Compute.OnGpu);
        var key = atOnce == 1 ? null : GroupKey.Of(first.Session);
        var group = _groups.Find(group => group.Key == key);
        var alike = key is null ? [first] : _waiting.Where(turn => GroupKey.Of(turn.Session) == key).ToList();
        try
        {
            // Others of the group may be away for a report only: they come back at once, so nobody leaves for that.
            if (alike.Count > 1 || group?.Members.Any(member => member.Session != first.Session) == true)
            {
                group ??= NewGroup(key!, first.Session, atOnce);
                Together(group, [.. alike.OrderBy(turn => group.Find(turn.Session) is null).Take(atOnce)], interrupted);
            }
            else
            {
                Release(first.Session);
                Alone(first, interrupted);
            }
        }
        catch (Exception exception) // who waits for them handles it
        {
            foreach (var turn in alike.Where(_waiting.Contains))
                End(turn, exception);
        }
    }

    /// <summary>Brings the session's own network and optimiser up to date; it keeps its row.</summary>
    internal void Update(TrainingSession session)
    {
        UseThreads(session);
        if (_groups.Find(group => group.Find(session) is not null) is { } group)
            group.Return(group.Find(session)!);
    }

    /// <summary>As <see cref="Update"/>, and it leaves its group, so that it may be changed.</summary>
    internal void Release(TrainingSession session)
    {
        Update(session);
        if (_groups.Find(group => group.Find(session) is not null) is not { } group)
            return;
        group.Leave(group.Find(session)!);
        DropEmptyGroups();
    }

    public void Dispose()
    {
        foreach (var group in _groups)
            group.Dispose();
    }

    private void Alone(TrainingTurn turn, Func<bool> interrupted)
    {
        var over = true;
        turn.Session.Train(() =>
        {
            if (turn.Paused())
                return true;
            over = !interrupted(); // nothing happens to it meanwhile, so the result does not show it
            return !over;
        });
        if (over)
            End(turn);
    }

    private void Together(TrainingGroup group, IReadOnlyList<TrainingTurn> turns, Func<bool> interrupted)
    {
        // 1. Everybody takes a seat.
        UseThreads(turns[0].Session);
        var stepping = turns.ToDictionary(turn => group.Find(turn.Session) ?? group.Join(turn.Session));
        foreach (var turn in turns)
        {
            turn.Session.Enter();
            TogetherNote.Write(turn.Session.State, group.Members.Count() - 1);
        }

        // 2. Step by step, until one is over: the others start a new turn with whoever wants to by then.
        do
        {
            foreach (var (member, reason) in group.Step(stepping.Keys))
            {
                stepping.Remove(member, out var turn);
                End(turn!, reason);
            }

            foreach (var (member, turn) in stepping.Where(pair => pair.Key.Session.Finished || pair.Value.Paused()).ToList())
            {
                stepping.Remove(member);
                End(turn);
            }
        }
        while (stepping.Count == turns.Count && !interrupted());

        // 3. Sessions of another kind come first now.
        foreach (var turn in stepping.Values)
        {
            _waiting.Remove(turn);
            _waiting.Add(turn);
        }

        DropEmptyGroups();
    }

    private TrainingGroup NewGroup(GroupKey key, TrainingSession example, int capacity)
    {
        var group = new TrainingGroup(key, example, capacity, key.Compute.OnGpu ? GpuMemory.FreeBytes / ResidentPart : 0);
        _groups.Add(group);
        return group;
    }

    private void DropEmptyGroups()
    {
        foreach (var group in _groups.Where(group => !group.Members.Any()).ToList())
        {
            _groups.Remove(group);
            group.Dispose();
        }
    }

    private void End(TrainingTurn turn)
    {
        _waiting.Remove(turn);
        turn.End();
    }

    private void End(TrainingTurn turn, Exception reason)
    {
        _waiting.Remove(turn);
        turn.End(reason);
    }

    // Of the whole process; sums depend on it. Setting it makes libtorch forget what it has prepared.
    private static void UseThreads(TrainingSession session)
    {
        if (get_num_threads() != session.State.Threads)
            set_num_threads(session.State.Threads);
    }
}
