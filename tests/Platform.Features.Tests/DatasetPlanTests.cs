using Platform.Dsp;
using Platform.Features.Datasets;
using static Platform.Features.Tests.Sets;

namespace Platform.Features.Tests;

public sealed class DatasetPlanTests
{
    // A patch of this spec is 8 × 64 floats.
    private const long PatchBytes = 8 * 64 * sizeof(float);
    private const long MaxShardBytes = 256 << 20;

    [Fact]
    public void A_recording_never_crosses_shards_and_no_shard_is_too_large()
    {
        var plan = DatasetPlan.Create(
            Spec, Choose(new(), Set(1, "A", 3), Set(2, "A", 2), Set(3, "A", 3), Set(4, "B", 9), Set(5, "B", 1)), 5 * PatchBytes);

        Assert.Equal([(0, 0), (0, 3), (1, 0), (2, 0), (3, 0)], plan.Recordings.Select(recording => (recording.Shard, recording.Offset)));
    }

    [Fact]
    public void Each_device_has_the_scale_of_its_own_patches()
    {
        var plan = Plan(Set(1, "A", 3, min: -90, max: -30), Set(2, "A", 2, min: -60, max: -10), Set(3, "B", 1, min: -50, max: -5));

        // Windows of 63 frames are padded to 64 with the floor, so that is each device's lowest level.
        Assert.Equal(
            [("A", -100.0, -10.0, 2, 5), ("B", -100.0, -5.0, 1, 1)],
            plan.Devices.Select(device => (device.Device, device.ScaleMin, device.ScaleMax, device.Recordings, device.Patches)));
    }

    [Fact]
    public void The_same_selection_of_the_same_sets_is_the_same_dataset()
    {
        EligibleSet[] sets = [Set(1, "A", 3), Set(2, "A", 2)];
        var id = Plan(sets).Id;

        Assert.Equal(id, DatasetPlan.Create(Spec with { Name = "other name" }, Choose(new(), sets), MaxShardBytes).Id);
        Assert.Equal(id, DatasetPlan.Create(Spec, Choose(new() { Seed = 7, SampleHours = 100 }, sets), MaxShardBytes).Id);
        Assert.NotEqual(id, Plan(sets[0]).Id);
        Assert.NotEqual(id, Plan(sets[0], sets[1] with { Sha256 = "other" }).Id);
        Assert.NotEqual(id, DatasetPlan.Create(Spec with { View = new View { TopDb = 70 } }, Choose(new(), sets), MaxShardBytes).Id);
        Assert.NotEqual(id, DatasetPlan.Create(Spec, Choose(new() { Mode = "incremental" }, sets), MaxShardBytes).Id);
        Assert.NotEqual(id, DatasetPlan.Create(Spec, Choose(new() { FromDay = "19691231" }, sets), MaxShardBytes).Id);
    }

    [Fact]
    public void A_draw_of_other_recordings_is_another_dataset_and_of_the_same_ones_under_the_same_seed_is_not()
    {
        EligibleSet[] sets = [.. Enumerable.Range(1, 8).Select(number => Set(number, "A", 3_600))];
        var id = DatasetPlan.Create(Spec, Choose(new() { SampleHours = 3, Seed = 1 }, sets), MaxShardBytes).Id;

        Assert.Equal(id, DatasetPlan.Create(Spec, Choose(new() { SampleHours = 3, Seed = 1 }, sets), MaxShardBytes).Id);
        Assert.NotEqual(id, DatasetPlan.Create(Spec, Choose(new() { SampleHours = 3, Seed = 2 }, sets), MaxShardBytes).Id);
    }

    private static DatasetManifest Plan(params EligibleSet[] sets) => DatasetPlan.Create(Spec, Choose(new(), sets), MaxShardBytes);
}
