using Platform.Trainer.Datasets;

namespace Platform.Trainer.Tests;

public sealed class DataSplitTests
{
    [Theory]
    [InlineData(5, 2)]
    [InlineData(10, 2)]
    [InlineData(40, 8)]
    public void A_fifth_of_the_recordings_is_held_out_and_at_least_two_for_a_threshold(int recordings, int heldOut)
    {
        var split = DataSplit.Of(new TestDataset(recordings, ["LT-2"]).Data, 0.2, seed: 1);

        Assert.Equal(heldOut, split.Validation.Count);
        Assert.Equal(recordings - heldOut, split.Training.Count);
        Assert.Empty(split.TrainingPatches.Intersect(split.ValidationPatches));
        Assert.Equal(Enumerable.Range(0, recordings * 4), split.TrainingPatches.Concat(split.ValidationPatches).Order());
    }

    [Fact]
    public void Every_device_has_held_out_recordings_of_its_own()
    {
        var split = DataSplit.Of(new TestDataset(10, ["LT-1", "LT-2", "LT-3"]).Data, 0.2, seed: 1);

        Assert.Equal([2, 2, 2], split.Validation.GroupBy(recording => recording.Device).Select(device => device.Count()));
    }

    [Fact]
    public void Below_twenty_patches_nothing_is_held_out() =>
        Assert.Empty(DataSplit.Of(new TestDataset(4, ["LT-2"]).Data, 0.2, seed: 1).Validation);

    [Fact]
    public void The_split_depends_on_the_seed_alone()
    {
        var data = new TestDataset(40, ["LT-2"]).Data;

        Assert.Equal(DataSplit.Of(data, 0.2, 1).ValidationPatches, DataSplit.Of(data, 0.2, 1).ValidationPatches);
        Assert.NotEqual(DataSplit.Of(data, 0.2, 1).ValidationPatches, DataSplit.Of(data, 0.2, 2).ValidationPatches);
    }
}
