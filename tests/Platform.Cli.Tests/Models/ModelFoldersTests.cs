using Platform.Cli.Importing;

namespace Platform.Cli.Tests.Models;

public sealed class ModelFoldersTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("platform-tree-").FullName;

    [Theory]
    [InlineData("device/LT-2_all/conv-ae/v3", "device/LT-2_all/conv-ae", 3)]
    [InlineData("a/site/device/LT-2_all/conv-ae/v3", "device/LT-2_all/conv-ae", 3)]
    [InlineData("machine_type/pump_all/pooled/conv-ae/v12", "machine_type/pump_all/pooled/conv-ae", 12)]
    [InlineData("site/S001_specific_LT-2_LT-5/balanced/conv-ae/v1", "site/S001_specific_LT-2_LT-5/balanced/conv-ae", 1)]
    [InlineData("global/all/pooled/conv-ae/v1", "global/all/pooled/conv-ae", 1)]
    [InlineData("global/selected_devices/site/pooled/conv-ae/v1", "global/selected_devices/site/pooled/conv-ae", 1)]
    [InlineData("global/selected_sites/device/pooled/conv-ae/v2", "global/selected_sites/device/pooled/conv-ae", 2)]
    [InlineData("LT-2", null, null)]
    [InlineData("v4", null, 4)]
    [InlineData("device/LT-2_all/conv-ae/latest", null, null)]
    public void The_tree_says_whose_model_it_is(string path, string? modelId, int? version)
    {
        Add(path, "ae_model.pth");

        var folder = Assert.Single(ModelFolders.Below(root).Folders);

        Assert.Equal((modelId, version), (folder.ModelId, folder.Version));
    }

    [Fact]
    public void Versions_come_in_their_order_and_what_the_list_names_beside_them_is_missing()
    {
        foreach (var version in new[] { 10, 2, 1 })
            Add($"device/A_all/conv-ae/v{version}", "model.pth");
        File.WriteAllText(Path.Combine(root, "device/A_all/conv-ae/versions.json"), """{ "versions": { "v1": {}, "v2": {}, "v3": {} }, "aliases": { "champion": "v2" } }""");

        var found = ModelFolders.Below(root);

        Assert.Equal([1, 2, 10], found.Folders.Select(folder => folder.Version!.Value));
        Assert.Equal(["device/A_all/conv-ae v3"], found.Missing);
        Assert.Equal((2, null), (found.Listed["device/A_all/conv-ae"].Champion, found.Listed["device/A_all/conv-ae"].Previous));
    }

    [Theory]
    [InlineData("""{ "versions": [{ "version": 3, "note": "x" }, { "version": "v4" }], "champion": 4, "previous": "3" }""", "3 4", 4, 3)]
    [InlineData("""[1, "v2"]""", "1 2", null, null)]
    [InlineData("""{ "v1": {}, "2": {}, "champion": "v2", "created_by": "somebody" }""", "1 2", 2, null)]
    [InlineData("""{ "champion": null }""", "", null, null)]
    [InlineData("{}", "", null, null)]
    public void The_list_of_versions_is_read_as_people_write_it(string json, string versions, int? champion, int? previous)
    {
        File.WriteAllText(Path.Combine(root, "versions.json"), json);

        var file = VersionsFile.In(root);

        Assert.Equal((versions, champion, previous), (string.Join(' ', file.Versions), file.Champion, file.Previous));
    }

    [Theory]
    [InlineData("not json", "is not JSON")]
    [InlineData("""{ "versions": ["latest"] }""", "\"latest\" is no version")]
    [InlineData("""{ "champion": 0 }""", "0 is no version")]
    public void A_list_that_cannot_be_understood_is_an_error_that_names_it(string json, string reason)
    {
        File.WriteAllText(Path.Combine(root, "versions.json"), json);

        var exception = Assert.Throws<PlatformException>(() => VersionsFile.In(root));

        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.Contains("versions.json", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private void Add(string path, string name)
    {
        Directory.CreateDirectory(Path.Combine(root, path));
        File.WriteAllText(Path.Combine(root, path, name), "");
    }
}
