using Platform.Contracts;
using Platform.Trainer.Training.Groups;
using TorchSharp;
using static TorchSharp.torch;
using static Platform.Trainer.Tests.Groups.GroupRuns;

namespace Platform.Trainer.Tests.Groups;

/// <summary>Batches of several datasets side by side, from the host's memory or the device's.</summary>
public sealed class GroupPatchesTests
{
    private const long PatchBytes = 16 * 16 * sizeof(float);

    private readonly TestDataset[] _datasets = [new(10, ["LT-1"]), new(90, ["LT-2"]), new(20, ["LT-3", "LT-4"])];

    [Theory]
    [InlineData(0)] // nothing fits
    [InlineData(1 << 30)] // everything does
    [InlineData((40 + 360) * PatchBytes)] // the first two do
    public void Each_model_gets_its_own_patches(long residentBytes)
    {
        using var scope = NewDisposeScope();
        var members = Members();
        using var patches = new GroupPatches(16, 16, CPU, residentBytes);
        foreach (var member in members)
            patches.Add(member.Data);
        int[][] batches = [[3, 39, 0], [359, 1, 100], [5, 5, 159]];

        Check(members, patches, batches);
        Check(members[..2], patches, batches[..2]);
        Check([members[2], members[0]], patches, [batches[2], batches[0]]);
        patches.Remove(members[1].Data);
        Check([members[0], members[2]], patches, [batches[0], batches[2]]);
        patches.Add(members[1].Data);
        Check(members, patches, batches);
        patches.Remove(members[0].Data);
        patches.Remove(members[2].Data);
        patches.Remove(members[1].Data);
        Check(members, patches, batches);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1 << 30)]
    public void Where_a_model_has_fewer_patches_there_is_something_finite(long residentBytes)
    {
        using var scope = NewDisposeScope();
        var members = Members();
        using var patches = new GroupPatches(16, 16, CPU, residentBytes);
        foreach (var member in members)
            patches.Add(member.Data);

        var gathered = patches.Gather(members, [new[] { 1, 2, 3, 4 }, new[] { 7 }, new[] { 8, 9 }]);

        Assert.Equal([4, 3, 16, 16], gathered.shape);
        Assert.True(gathered.isfinite().all().item<bool>());
        Assert.Equal(_datasets[1].Patch(7), gathered[0, 1].data<float>().ToArray());
        Assert.Equal(_datasets[2].Patch(9), gathered[1, 2].data<float>().ToArray());
    }

    private void Check(GroupMember[] members, GroupPatches patches, int[][] batches)
    {
        var gathered = patches.Gather(members, [.. batches.Select(batch => new ReadOnlyMemory<int>(batch))]);
        for (var model = 0; model < members.Length; model++)
        {
            for (var place = 0; place < batches[model].Length; place++)
                Assert.Equal(_datasets[members[model].Row].Patch(batches[model][place]), gathered[place, model].data<float>().ToArray());
        }
    }

    private GroupMember[] Members() => [.. _datasets.Select((dataset, row) => new GroupMember(New(Plan(dataset, new TrainingParameters())), row))];
}
