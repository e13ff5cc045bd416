using Platform.Models;

namespace Platform.Trainer.Training.Groups;

/// <summary>What runs must have in common to be trained together.</summary>
/// <param name="Threads">Belongs to the process, so runs of one step share it.</param>
/// <param name="BatchSize">Only batches of equal length are one computation; runs of other sizes would never meet.</param>
internal sealed record GroupKey(Architecture Architecture, int NMels, int Frames, int BatchSize, Compute Compute, int Threads)
{
    /// <summary>Null for a run that trains alone: a scaled loss overflows for one model and not for another.</summary>
    internal static GroupKey? Of(TrainingSession session)
    {
        var (plan, manifest) = (session.Plan, session.Plan.Data.Manifest);
        return session.Compute.ScalesLoss
            ? null
            : new GroupKey(
                plan.Architecture, manifest.NMels, manifest.Frames, plan.Parameters.BatchSize, session.Compute, session.State.Threads);
    }
}
