using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Training;

namespace Platform.Cli.Tests;

public sealed class ScopeOptionsTests
{
    [Theory]
    [InlineData("LT-2", """{"mode":"device","device":"LT-2"}""")]
    [InlineData("--machine-type pump", """{"mode":"machine_type","machineType":"pump"}""")]
    [InlineData(
        "--machine-type pump --sites S002,S001 --aggregation balanced",
        """{"mode":"machine_type","machineType":"pump","sites":["S002","S001"],"aggregation":"balanced"}""")]
    [InlineData("--site S001 --aggregation pooled", """{"mode":"site","site":"S001","aggregation":"pooled"}""")]
    [InlineData("--site S001 --devices LT-2", """{"mode":"site","site":"S001","devices":["LT-2"]}""")]
    [InlineData("--global", """{"mode":"global"}""")]
    [InlineData("--global --sites S001 --sites S002", """{"mode":"global","sites":["S001","S002"]}""")]
    [InlineData("--global --devices \"LT-2, LT-5\"", """{"mode":"global","devices":["LT-2","LT-5"]}""")]
    [InlineData("--global --devices \"\"", """{"mode":"global","devices":[""]}""")] // refused by the registry; it must not become everything
    [InlineData("--global --sites LT-2,,", """{"mode":"global","sites":["LT-2","",""]}""")]
    public void What_is_given_becomes_the_fields_of_the_registry(string arguments, string fields)
    {
        var command = new Command("train");
        var scope = new ScopeOptions();
        scope.AddTo(command);

        var parse = command.Parse(arguments);

        Assert.Empty(parse.Errors);
        Assert.Equal(fields, JsonSerializer.Serialize(scope.Read(parse)));
    }
}
