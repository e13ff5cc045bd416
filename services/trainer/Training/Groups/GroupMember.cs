using Platform.Trainer.Datasets;
using TorchSharp.Modules;

namespace Platform.Trainer.Training.Groups;

/// <summary>A session that has a row in a group; as long as it has, its own network and optimiser are behind.</summary>
internal sealed class GroupMember(TrainingSession session, int row)
{
    internal TrainingSession Session => session;

    internal TrainingData Data => session.Plan.Data;

    internal int[] Watched => session.Plan.WatchedPatches;

    internal int Row => row;

    /// <summary>Adam's steps: all parameters have taken the same.</summary>
    internal long Steps { get; set; }

    /// <summary>Batches that batch normalisation has seen.</summary>
    internal long Batches { get; set; }

    internal static IEnumerable<Adam.State> States(TrainingSession session) => session.Optimizer.state_dict().State.Cast<Adam.State>();
}
