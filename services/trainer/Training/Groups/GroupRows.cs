using Platform.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Trainer.Training.Groups;

/// <summary>Weights, moments and running statistics of up to so many models: four matrices with a row for each.</summary>
internal sealed class GroupRows : IDisposable
{
    private readonly Tensor[] _matrices;

    /// <param name="example">Any of the networks to come.</param>
    internal GroupRows(int capacity, ConvAutoencoder example, Device device)
    {
        (Parameters, Statistics) = (RowLayout.OfParameters(example), RowLayout.OfStatistics(example));
        int[] lengths = [Parameters.Length, Parameters.Length, Parameters.Length, Statistics.Length];
        _matrices = [.. lengths.Select(length => zeros([capacity, length], device: device).DetachFromDisposeScope())];
    }

    internal RowLayout Parameters { get; }

    internal RowLayout Statistics { get; }

    /// <summary>The rows of these models, in this order; not to be changed.</summary>
    internal (StackedAdam.Rows Learned, Tensor Statistics) Of(IReadOnlyList<GroupMember> members)
    {
        var tensors = Array.ConvertAll(_matrices, matrix => Adjacent(members)
            ? matrix.narrow(0, members[0].Row, members.Count)
            : matrix.index_select(0, Index(members)));
        return (new StackedAdam.Rows(tensors[0], tensors[1], tensors[2]), tensors[3]);
    }

    internal void Put(IReadOnlyList<GroupMember> members, StackedAdam.Rows learned, Tensor statistics)
    {
        Tensor[] values = [learned.Weights, learned.Average, learned.Square, statistics];
        var index = Adjacent(members) ? null : Index(members);
        foreach (var (matrix, value) in _matrices.Zip(values))
        {
            if (index is null)
                matrix.narrow(0, members[0].Row, members.Count).copy_(value);
            else
                matrix[index] = value;
        }
    }

    /// <summary>Takes over what the session has.</summary>
    internal void CopyFrom(GroupMember member)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var (network, states) = (member.Session.Network, GroupMember.States(member.Session).ToList());
        var learned = new StackedAdam.Rows(
            RowLayout.Row(network.parameters()).unsqueeze(0), RowLayout.Row(states.Select(state => state.exp_avg)).unsqueeze(0),
            RowLayout.Row(states.Select(state => state.exp_avg_sq)).unsqueeze(0));
        Put([member], learned, RowLayout.Row(Buffers(network, ScalarType.Float32)).unsqueeze(0));
        member.Steps = states[0].step;
        member.Batches = Buffers(network, ScalarType.Int64).First().item<long>();
    }

    /// <summary>Gives the session what its row has become.</summary>
    internal void CopyTo(GroupMember member)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var (network, states) = (member.Session.Network, GroupMember.States(member.Session).ToList());
        var (learned, statistics) = Of([member]);
        Parameters.CopyTo(learned.Weights.select(0, 0), network.parameters());
        Parameters.CopyTo(learned.Average.select(0, 0), states.Select(state => state.exp_avg));
        Parameters.CopyTo(learned.Square.select(0, 0), states.Select(state => state.exp_avg_sq));
        Statistics.CopyTo(statistics.select(0, 0), Buffers(network, ScalarType.Float32));
        foreach (var state in states)
            state.step = member.Steps;
        foreach (var counter in Buffers(network, ScalarType.Int64))
            counter.fill_(member.Batches);
    }

    /// <summary>A state dict as <see cref="ModuleState.Capture"/> makes it, from two copies instead of one for each tensor.</summary>
    internal IReadOnlyList<KeyValuePair<string, StateTensor>> Capture(GroupMember member)
    {
        using var scope = NewDisposeScope();
        var (learned, statistics) = Of([member]);
        var found = new Dictionary<string, StateTensor>(StringComparer.Ordinal);
        foreach (var (layout, row) in new[] { (Parameters, learned.Weights), (Statistics, statistics) })
        {
            var bytes = row.cpu().contiguous().bytes.ToArray();
            foreach (var part in layout.Parts)
                found[part.Name] = new StateTensor(TensorType.Float32, part.Shape, bytes.AsMemory(part.Offset * sizeof(float), part.Count * sizeof(float)));
        }

        // What is in neither is the number of batches.
        var batches = new StateTensor(TensorType.Int64, [], BitConverter.GetBytes(member.Batches));
        return [.. member.Session.Network.state_dict().Keys.Select(name => KeyValuePair.Create(name, found.GetValueOrDefault(name, batches)))];
    }

    public void Dispose()
    {
        foreach (var matrix in _matrices)
            matrix.Dispose();
    }

    // The usual case, all members of a full group, needs no copy.
    private static bool Adjacent(IReadOnlyList<GroupMember> members)
    {
        for (var i = 1; i < members.Count; i++)
        {
            if (members[i].Row != members[0].Row + i)
                return false;
        }

        return true;
    }

    private Tensor Index(IReadOnlyList<GroupMember> members) =>
        tensor(members.Select(member => (long)member.Row).ToArray()).to(_matrices[0].device);

    private static IEnumerable<Tensor> Buffers(ConvAutoencoder network, ScalarType type) => network.buffers().Where(buffer => buffer.dtype == type);
}
