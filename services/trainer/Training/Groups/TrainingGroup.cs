namespace Platform.Trainer.Training.Groups;

/// <summary>
/// Sessions that step together, each with its own data, seed, schedule, evaluations and end. Belongs to the training thread.
/// Within one computation batches must be equally long, for batch normalisation would see padding: members whose batches differ
/// in length are computed one length after the other.
/// </summary>
internal sealed class TrainingGroup : IDisposable
{
    private readonly GroupRows _rows;
    private readonly GroupPatches _patches;
    private readonly GroupStep _step;
    private readonly GroupMember?[] _seats;
    private int _atOnce;

    /// <param name="example">Any of the sessions to come.</param>
    /// <param name="residentBytes">Room for datasets on the device.</param>
    internal TrainingGroup(GroupKey key, TrainingSession example, int capacity, long residentBytes)
    {
        (Key, _atOnce, _seats) = (key, capacity, new GroupMember?[capacity]);
        _rows = new GroupRows(capacity, example.Network, key.Compute.TorchDevice);
        _patches = new GroupPatches(key.NMels, key.Frames, key.Compute.TorchDevice, residentBytes);
        _step = new GroupStep(key, _rows, _patches);
    }

    internal GroupKey Key { get; }

    internal IEnumerable<GroupMember> Members => _seats.OfType<GroupMember>();

    internal GroupMember? Find(TrainingSession session) => Members.FirstOrDefault(member => ReferenceEquals(member.Session, session));

    /// <summary>The session's state moves into the group; there must be a free row.</summary>
    internal GroupMember Join(TrainingSession session)
    {
        var member = new GroupMember(session, Array.IndexOf(_seats, null));
        _rows.CopyFrom(member);
        try
        {
            _patches.Add(member.Data);
        }
        catch (Exception exception) when (GpuMemory.IsExhaustedBy(exception))
        {
            GpuMemory.Release(); // its patches stay where they are, and come over batch by batch
        }

        _seats[member.Row] = member;
        return member;
    }

    /// <summary>Gives the session what the group has made of it; it may go on here.</summary>
    internal void Return(GroupMember member) => _rows.CopyTo(member);

    /// <summary>Frees the row as it is; <see cref="Return"/> comes before, where the state is still wanted.</summary>
    internal void Leave(GroupMember member)
    {
        _seats[member.Row] = null;
        if (!Members.Any(other => ReferenceEquals(other.Data, member.Data)))
            _patches.Remove(member.Data);
    }

    /// <summary>
    /// One step of each of these members, and the evaluations that are due after it. Returns those that cannot go on, and why; they
    /// have left, and the others are not touched by it.
    /// </summary>
    internal IReadOnlyList<(GroupMember Member, Exception Reason)> Step(IEnumerable<GroupMember> members)
    {
        var failed = new List<(GroupMember Member, Exception Reason)>();
        var due = new List<GroupMember>();
        foreach (var equal in members.OrderBy(member => member.Row).GroupBy(member => member.Session.NextBatch().Length))
        {
            InParts([.. equal], failed, part => Each(part, _step.Train(part), failed, (member, loss) =>
            {
                if (member.Session.Took(loss, equal.Key))
                    due.Add(member);
            }));
        }

        InParts([.. due.OrderBy(member => member.Row)], failed, part => Each(part, _step.Errors(part), failed, (member, error) =>
            member.Session.Evaluated(error, () => _rows.Capture(member))));
        return failed;
    }

    public void Dispose()
    {
        _rows.Dispose();
        _patches.Dispose();
    }

    // Too many for the GPU's memory are halved, and stay so. One that does not fit alone fails: its slice knows what to do.
    private void InParts(GroupMember[] members, List<(GroupMember Member, Exception Reason)> failed, Action<GroupMember[]> work)
    {
        for (var done = 0; done < members.Length;)
        {
            var part = members[done..Math.Min(done + _atOnce, members.Length)];
            try
            {
                work(part);
                done += part.Length;
            }
            catch (Exception exception) when (part.Length > 1 && GpuMemory.IsExhaustedBy(exception))
            {
                _atOnce = part.Length / 2;
                GpuMemory.Release();
            }
            catch (Exception exception) // who waits for the member handles it
            {
                foreach (var member in part)
                    Fail(member, exception, failed);
                done += part.Length;
            }
        }
    }

    private void Each<T>(GroupMember[] members, T[] results, List<(GroupMember Member, Exception Reason)> failed, Action<GroupMember, T> work)
    {
        foreach (var (member, result) in members.Zip(results))
        {
            try
            {
                work(member, result);
            }
            catch (Exception exception) // its own, and nobody else's
            {
                Fail(member, exception, failed);
            }
        }
    }

    private void Fail(GroupMember member, Exception reason, List<(GroupMember Member, Exception Reason)> failed)
    {
        Leave(member);
        failed.Add((member, reason));
    }
}
