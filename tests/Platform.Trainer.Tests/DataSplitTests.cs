using Platform.Dsp;
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
        var split = DataSplit.Of(new TestDataset(recordings, ["LT-2"]).Data, 0.2, 0, seed: 1);

        Assert.Equal(heldOut, split.Validation.Count);
        Assert.Equal(recordings - heldOut, split.Training.Count);
        Assert.Empty(split.TrainingPatches.Intersect(split.ValidationPatches));
        Assert.Equal(Enumerable.Range(0, recordings * 4), split.TrainingPatches.Concat(split.ValidationPatches).Order());
    }

    [Fact]
    public void Every_device_has_held_out_recordings_of_its_own()
    {
        var split = DataSplit.Of(new TestDataset(10, ["LT-1", "LT-2", "LT-3"]).Data, 0.2, 0, seed: 1);

        Assert.Equal([2, 2, 2], split.Validation.GroupBy(recording => recording.Device).Select(device => device.Count()));
    }

    [Fact]
    public void Below_twenty_patches_nothing_is_held_out() =>
        Assert.Empty(DataSplit.Of(new TestDataset(4, ["LT-2"]).Data, 0.2, 0, seed: 1).Validation);

    [Fact]
    public void The_split_depends_on_the_seed_alone()
    {
        var data = new TestDataset(40, ["LT-2"]).Data;

        Assert.Equal(DataSplit.Of(data, 0.2, 0, 1).ValidationPatches, DataSplit.Of(data, 0.2, 0, 1).ValidationPatches);
        Assert.NotEqual(DataSplit.Of(data, 0.2, 0, 1).ValidationPatches, DataSplit.Of(data, 0.2, 0, 2).ValidationPatches);
    }

    [Theory]
    [InlineData(5, 2, 1)]
    [InlineData(20, 3, 3)]
    [InlineData(40, 6, 6)]
    public void A_test_set_is_taken_beside_the_held_out_recordings(int recordings, int heldOut, int test)
    {
        var data = new TestDataset(recordings, ["LT-1", "LT-2"]).Data;

        var split = DataSplit.Of(data, 0.15, 0.15, seed: 1);

        Assert.Equal([test, test], split.Test.GroupBy(recording => recording.Device).Select(device => device.Count()));
        Assert.Equal([heldOut, heldOut], split.Validation.GroupBy(recording => recording.Device).Select(device => device.Count()));
        Assert.Equal(
            Enumerable.Range(0, data.PatchCount), split.TrainingPatches.Concat(split.ValidationPatches).Concat(split.TestPatches).Order());
        Assert.Equal(DataSplit.Of(data, 0.15, 0, seed: 1).ValidationPatches, split.ValidationPatches);
    }

    [Theory]
    [InlineData(0, "0-7", "8-9", "")]
    [InlineData(0.2, "0-5", "6-7", "8-9")]
    public void Few_recordings_are_cut_in_time_each_into_contiguous_blocks(double testFraction, string training, string validation, string test)
    {
        var split = DataSplit.Of(Recordings(4, patches: 10), new TimeBlocks(0.2, testFraction, overlap: 0), seed: 1);

        Assert.All(split.Training, recording => Assert.Equal(training, Range(recording)));
        Assert.All(split.Validation, recording => Assert.Equal(validation, Range(recording)));
        Assert.All(split.Test, recording => Assert.Equal(test, Range(recording)));
        Assert.Equal((4, 4, testFraction > 0 ? 4 : 0), (split.Training.Count, split.Validation.Count, split.Test.Count));
    }

    [Fact]
    public void Between_blocks_what_shares_audio_with_both_is_left_out()
    {
        var split = DataSplit.Of(Recordings(2, patches: 30), new TimeBlocks(0.2, 0.1, overlap: 2), seed: 1);

        Assert.All(split.Training, recording => Assert.Equal("0-16", Range(recording)));
        Assert.All(split.Validation, recording => Assert.Equal("19-24", Range(recording)));
        Assert.All(split.Test, recording => Assert.Equal("27-29", Range(recording)));
    }

    [Fact]
    public void Recordings_too_short_to_be_cut_are_held_out_whole()
    {
        var split = DataSplit.Of(Recordings(4, patches: 1, devices: 6), new TimeBlocks(0.2, 0.2, overlap: 0), seed: 1);

        Assert.Equal((6, 12, 6), (split.Training.Count, split.Validation.Count, split.Test.Count));
    }

    [Theory]
    [InlineData(2.0, 2.0, 0)]
    [InlineData(0.25, 0.1, 2)]
    [InlineData(2.0, 1.0, 1)]
    [InlineData(2.0, 3.0, 0)]
    public void Patches_share_audio_when_windows_start_before_the_last_one_ends(double winSeconds, double hopSeconds, int overlap) =>
        Assert.Equal(overlap, TimeBlocks.Overlap(new Extraction { WinSeconds = winSeconds, HopSeconds = hopSeconds }));

    private static List<RecordingPatches> Recordings(int count, int patches, int devices = 1) =>
    [
        .. Enumerable.Range(0, count * devices).Select(i => new RecordingPatches(
            new DatasetRecording(
                Guid.NewGuid(), $"LT-{i / count}", DateTimeOffset.UnixEpoch, "19700101", "unlabelled", "audio", "features", "sha", 0, i * patches, patches, [], []),
            [.. Enumerable.Range(i * patches, patches)])),
    ];

    private static string Range(RecordingPatches part)
    {
        var first = part.Recording.Offset;
        Assert.Equal(Enumerable.Range(part.Patches[0], part.Patches.Length), part.Patches);
        return $"{part.Patches[0] - first}-{part.Patches[^1] - first}";
    }
}
