using System.Text;
using Platform.Registry.Models;

namespace Platform.Registry.Tests.Models;

public sealed class VersionLabelTests
{
    [Theory]
    [InlineData("1.0", false, "1.1")]
    [InlineData("1.9", false, "1.10")]
    [InlineData("1.9", true, "2.0")]
    [InlineData("12.34", true, "13.0")]
    public void The_major_part_grows_when_scores_are_no_longer_comparable(string previous, bool incompatible, string label) =>
        Assert.Equal(label, VersionLabel.After(previous, incompatible));

    [Fact]
    public void The_same_architecture_in_another_spelling_is_the_same()
    {
        var indented = Package("""{ "architecture": { "channels": [16, 32] }, "format": 1 }""");
        var compact = Package("""{"format":1,"architecture":{"channels":[16,32]}}""");
        var wider = Package("""{"format":1,"architecture":{"channels":[16,64]}}""");

        Assert.Equal(PackageArchitecture.Of(compact), PackageArchitecture.Of(indented));
        Assert.NotEqual(PackageArchitecture.Of(compact), PackageArchitecture.Of(wider));
    }

    [Theory]
    [InlineData("""{"format":1}""", "has no 'architecture'")]
    [InlineData("""[]""", "has no 'architecture'")]
    [InlineData("""{"format":""", "is not JSON")]
    public void A_config_that_does_not_say_is_named(string config, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => PackageArchitecture.Of(Package(config))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_package_without_config_is_named() =>
        Assert.Contains("no config.json", Assert.Throws<InvalidDataException>(() => PackageArchitecture.Of(new Dictionary<string, byte[]>())).Message, StringComparison.Ordinal);

    private static Dictionary<string, byte[]> Package(string config) => new() { ["config.json"] = Encoding.UTF8.GetBytes(config) };
}
