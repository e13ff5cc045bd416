using Platform.Dsp;
using Platform.Features.Datasets;

namespace Platform.Features.Tests;

public sealed class DatasetPlanTests
{
    private static readonly FeatureSpec Spec = new("small", new Extraction { WinSeconds = 1, NFft = 512, HopLength = 256, NMels = 8 }, new View());
    private static readonly DatasetSelection Selection = new("full", "all", null, ["A", "B"], ["anomalous"], ["anomalous"]);

    // A patch of this spec is 8 × 64 floats.
    private const long PatchBytes = 8 * 64 * sizeof(float);

    [Fact]
    public void A_recording_never_crosses_shards_and_no_shard_is_too_large()
    {
        var plan = DatasetPlan.Create(Spec, Selection, [Set(1, "A", 3), Set(2, "A", 2), Set(3, "A", 3), Set(4, "B", 9), Set(5, "B", 1)], 5 * PatchBytes);

        Assert.Equal([(0, 0), (0, 3), (1, 0), (2, 0), (3, 0)], plan.Recordings.Select(recording => (recording.Shard, recording.Offset)));
    }

    [Fact]
    public void Each_device_has_the_scale_of_its_own_patches()
    {
        var plan = DatasetPlan.Create(Spec, Selection, [Set(1, "A", 3, min: -90, max: -30), Set(2, "A", 2, min: -60, max: -10), Set(3, "B", 1, min: -50, max: -5)]);

        // Windows of 63 frames are padded to 64 with the floor, so that is each device's lowest level.
        Assert.Equal(
            [("A", -100.0, -10.0, 2, 5), ("B", -100.0, -5.0, 1, 1)],
            plan.Devices.Select(device => (device.Device, device.ScaleMin, device.ScaleMax, device.Recordings, device.Patches)));
    }

    [Fact]
    public void The_same_selection_of_the_same_sets_is_the_same_dataset()
    {
        EligibleSet[] sets = [Set(1, "A", 3), Set(2, "A", 2)];
        var id = DatasetPlan.Create(Spec, Selection, sets).Id;

        Assert.Equal(id, DatasetPlan.Create(Spec with { Name = "other name" }, Selection, sets).Id);
        Assert.NotEqual(id, DatasetPlan.Create(Spec, Selection, sets[..1]).Id);
        Assert.NotEqual(id, DatasetPlan.Create(Spec, Selection, [sets[0], sets[1] with { Sha256 = "other" }]).Id);
        Assert.NotEqual(id, DatasetPlan.Create(Spec with { View = new View { TopDb = 70 } }, Selection, sets).Id);
        Assert.NotEqual(id, DatasetPlan.Create(Spec, Selection with { Mode = "incremental" }, sets).Id);
    }

    private static EligibleSet Set(int number, string device, int patches, double min = -90, double max = -10) => new(
        new Guid(number, 0, 0, new byte[8]), device, DateTime.UnixEpoch.AddSeconds(number), "19700101", "unlabelled", "aa", $"features/{number}.npy", "bb",
        patches, min, max, min - max, new double[8], new double[8]);
}
