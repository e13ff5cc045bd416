using Platform.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Trainer.Training.Groups;

/// <summary>The computations of a group: one step, or the errors of the patches held out, of several members at once.</summary>
internal sealed class GroupStep(GroupKey key, GroupRows rows, GroupPatches patches)
{
    /// <summary>Trains each member by its next batch, all of one length; returns their losses. When it fails, nothing has been changed.</summary>
    internal float[] Train(IReadOnlyList<GroupMember> members)
    {
        using var scope = NewDisposeScope();
        ReadOnlyMemory<int>[] batches = [.. members.Select(member => member.Session.NextBatch())];
        var input = patches.Gather(members, batches);
        var (before, running) = rows.Of(members);
        var parameters = rows.Parameters.Stacked(before.Weights);
        foreach (var parameter in parameters)
            parameter.requires_grad = true;
        var statistics = rows.Statistics.Stacked(running.clone());

        Tensor output;
        using (key.Compute.Autocast())
            output = StackedAutoencoder.Forward(key.Architecture, parameters, statistics, input, training: true);
        var errors = (output.to(ScalarType.Float32) - input).pow(2).mean([2L, 3]);
        if (LossWeights(members, batches) is { } weights)
            errors *= weights;
        var losses = errors.mean([0L]);
        losses.sum().backward();

        using var gradients = no_grad();
        var after = StackedAdam.Step(
            before, RowLayout.Unstacked(parameters.Select(parameter => parameter.grad!), members.Count),
            [.. members.Select(member => member.Session.NextLearningRate)], [.. members.Select(member => member.Steps + 1)]);
        rows.Put(members, after, RowLayout.Unstacked(statistics, members.Count));
        foreach (var member in members)
        {
            member.Steps++;
            member.Batches++;
        }

        return [.. losses.detach().cpu().data<float>()];
    }

    /// <summary>
    /// Mean error of each member's watched patches, null where there are none. They may be of different number: what is stored
    /// normalises here, so patches do not see each other.
    /// </summary>
    internal double?[] Errors(IReadOnlyList<GroupMember> members)
    {
        using var gradients = no_grad();
        var sums = members.ToDictionary(member => member, _ => 0.0);
        for (var from = 0; Present(from) is { Length: > 0 } present; from += ReconstructionErrors.BatchSize)
        {
            using var scope = NewDisposeScope();
            ReadOnlyMemory<int>[] watched = [.. present.Select(member =>
                member.Watched.AsMemory(from, Math.Min(ReconstructionErrors.BatchSize, member.Watched.Length - from)))];
            var input = patches.Gather(present, watched);
            var (learned, running) = rows.Of(present);
            var output = StackedAutoencoder.Forward(
                key.Architecture, rows.Parameters.Stacked(learned.Weights), rows.Statistics.Stacked(running), input, training: false);
            var errors = (output - input).pow(2).mean([2L, 3]).cpu().data<float>().ToArray();
            for (var i = 0; i < errors.Length; i++)
            {
                var (model, patch) = (i % present.Length, i / present.Length);
                if (patch < watched[model].Length)
                    sums[present[model]] += errors[i] * (present[model].Session.Plan.WatchedWeights?[from + patch] ?? 1);
            }
        }

        return [.. members.Select(member => member.Watched.Length == 0 ? (double?)null : sums[member] / member.Watched.Length)];

        GroupMember[] Present(int from) => [.. members.Where(member => member.Watched.Length > from)];
    }

    // [batch, models]; null when no model weighs its patches.
    private Tensor? LossWeights(IReadOnlyList<GroupMember> members, ReadOnlyMemory<int>[] batches)
    {
        var own = members.Zip(batches, (member, batch) => member.Session.LossWeights(batch.Span)).ToArray();
        if (own.All(weights => weights is null))
            return null;
        var all = new float[batches[0].Length * own.Length];
        for (var i = 0; i < all.Length; i++)
            all[i] = own[i % own.Length]?[i / own.Length] ?? 1;
        return tensor(all, [batches[0].Length, own.Length]).to(key.Compute.TorchDevice);
    }
}
