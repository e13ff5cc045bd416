using System.Text;

namespace Platform.Dsp.Tests;

public sealed class DatasetManifestTests
{
    [Fact]
    public void A_manifest_reads_back_as_it_was_written()
    {
        var bytes = Manifest().Write();
        var read = DatasetManifest.Read(bytes);

        Assert.Equal(bytes, read.Write());
        Assert.Equal(5, read.PatchCount);
        Assert.Equal(new Scale(-90, -10), read.Devices[0].Scale);
        Assert.Equal([1.5, 2.5], read.Recordings[1].BandMean);
    }

    [Theory]
    [InlineData("\"format\":2,\"id\"", "\"format\":3,\"id\"", "format 3")]
    [InlineData("\"rms_max\":0.2", "\"rms_max\":0.3", "its content has")]
    [InlineData("\"n_mels\":64,\"frames\":256", "\"n_mels\":32,\"frames\":256", "[32, 256]")]
    [InlineData("\"top_db\":80", "\"top_db\":79", "hash")]
    [InlineData("\"scale_min\":-90", "\"scale_min\":-91", "its content has")]
    [InlineData("\"sha256\":\"cc\",\"patches\":5", "\"sha256\":\"cc\",\"patches\":6", "another number")]
    [InlineData("\"devices\":[", "\"devices\":null,\"x\":[", "devices")]
    public void A_manifest_that_contradicts_itself_is_refused(string text, string replacement, string named)
    {
        var json = Encoding.UTF8.GetString(Manifest().Write());
        var changed = json.Replace(text, replacement, StringComparison.Ordinal);
        Assert.NotEqual(json, changed);

        var error = Assert.Throws<InvalidDataException>(() => DatasetManifest.Read(Encoding.UTF8.GetBytes(changed)));
        Assert.Contains(named, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_manifest_of_the_first_format_reads_as_it_was()
    {
        var bytes = Golden.Bytes("dataset_manifest_format1.json");

        var manifest = DatasetManifest.Read(bytes);

        Assert.Equal((1, "efc7cbfc9106eab73c9af550b5285088", 5), (manifest.Format, manifest.Id, manifest.PatchCount));
        Assert.Equal(bytes, manifest.Write());
        Assert.Null(manifest.Screen);
    }

    [Fact]
    public void A_recording_that_is_screened_out_is_not_in_the_dataset()
    {
        var manifest = Manifest();
        var odd = manifest with { Screen = manifest.Screen! with { ScreenedOut = [manifest.Screen.ScreenedOut[0] with { RecordingId = manifest.Recordings[1].RecordingId }] } };

        var error = Assert.Throws<InvalidDataException>(() => DatasetManifest.Read(odd.Identified().Write()));
        Assert.Contains("screened out", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_is_a_manifest_whose_shards_are_still_to_come()
    {
        var plan = Manifest() with { Shards = [] };

        Assert.Equal(plan.Id, DatasetManifest.ReadPlan(plan.Write()).Id);
        Assert.Throws<InvalidDataException>(() => DatasetManifest.Read(plan.Write()));
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(7, 2)]
    [InlineData(-1, 2)]
    public void Recordings_must_follow_each_other_in_the_shards(int shard, int offset)
    {
        var manifest = Manifest();
        var odd = manifest with { Recordings = [manifest.Recordings[0], manifest.Recordings[1] with { Shard = shard, Offset = offset }] };

        var error = Assert.Throws<InvalidDataException>(() => DatasetManifest.Read(odd.Identified().Write()));
        Assert.Contains($"in shard {shard}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_id_is_that_of_the_content_without_the_shards()
    {
        var manifest = Manifest();

        Assert.Equal(32, manifest.Id.Length);
        Assert.Equal(manifest.Id, (manifest with { Shards = [] }).Identified().Id);
        Assert.NotEqual(manifest.Id, (manifest with { Selection = manifest.Selection with { Seed = 1 } }).Identified().Id);
        Assert.Equal($"datasets/{manifest.Id}/manifest.json", DatasetManifest.KeyOf(manifest.Id));
    }

    private static DatasetManifest Manifest() => new DatasetManifest(
        DatasetManifest.CurrentFormat,
        "ab",
        FeatureSpec.Default,
        FeatureSpec.Default.Hash,
        FeatureSpec.Default.Extraction.Hash,
        64,
        256,
        new DatasetSelection("full", "all", null, ["LT-2"], ["anomalous"], ["anomalous"]),
        [new DatasetDevice("LT-2", -90, -10, 2, 5)],
        [Recording(offset: 0, patches: 2), Recording(offset: 2, patches: 3)],
        [new DatasetShard("shard-00000.npy", 100, "cc", 5)],
        new DatasetScreen(
            [new ScreenBounds("LT-2", 12, 0.1, 0.2, 900, 1_100)],
            [new ScreenedRecording(Guid.Parse("00000000-0000-0000-0000-0000000000ff"), "LT-2", DateTimeOffset.UnixEpoch, 0.5, 1_000)])).Identified();

    private static DatasetRecording Recording(int offset, int patches) => new(
        Guid.Parse("00000000-0000-0000-0000-00000000000" + offset), "LT-2", DateTimeOffset.UnixEpoch, "19700101", "unlabelled", "aa", "features/x.npy", "bb",
        Shard: 0, offset, patches, [1.5, 2.5], [0.5, 0.25]);
}
