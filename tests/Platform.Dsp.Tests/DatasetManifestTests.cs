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
    [InlineData("\"format\":1,\"id\"", "\"format\":2,\"id\"", "format 2")]
    [InlineData("\"n_mels\":64,\"frames\":256", "\"n_mels\":32,\"frames\":256", "[32, 256]")]
    [InlineData("\"top_db\":80", "\"top_db\":79", "hash")]
    [InlineData("\"offset\":2", "\"offset\":3", "does not follow")]
    [InlineData("\"shard\":0", "\"shard\":7", "shard 7")]
    [InlineData("\"shard\":0", "\"shard\":-1", "shard -1")]
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

    private static DatasetManifest Manifest() => new(
        DatasetManifest.CurrentFormat,
        "ab",
        FeatureSpec.Default,
        FeatureSpec.Default.Hash,
        FeatureSpec.Default.Extraction.Hash,
        64,
        256,
        new DatasetSelection("device/LT-2_all/conv-ae", "full", null, 2, 42, ["anomalous"], ["anomalous"]),
        [new DatasetDevice("LT-2", -90, -10, 2, 5)],
        [Recording(offset: 0, patches: 2), Recording(offset: 2, patches: 3)],
        [new DatasetShard("shard-00000.npy", 100, "cc", 5)]);

    private static DatasetRecording Recording(int offset, int patches) => new(
        Guid.Parse("00000000-0000-0000-0000-00000000000" + offset), "LT-2", DateTimeOffset.UnixEpoch, "19700101", "unlabelled", "aa", "features/x.npy", "bb",
        Shard: 0, offset, patches, [1.5, 2.5], [0.5, 0.25]);
}
