using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Contracts;

namespace Platform.Ingest.Tests;

/// <summary>A device's own spec, else its machine type's, else the default; who has another by a change is announced.</summary>
public sealed class SpecAssignmentTests(IngestFixture ingest) : IClassFixture<IngestFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_has_its_own_spec_or_its_machine_types_or_the_default()
    {
        await PutDevice("S-1", new { machineType = "fan-1" });
        Assert.Equal("default from default, revision 1", await Spec("S-1"));

        await PutType("fan-1", "fan-spec");
        Assert.Equal("fan-spec from machine_type, revision 2", await Spec("S-1"));

        await PutDevice("S-1", new { featureSpec = "own-spec" });
        await PutType("fan-1", "fan-spec-2"); // not for a device that has its own
        Assert.Equal("own-spec from device, revision 3", await Spec("S-1"));

        await PutDevice("S-1", new { featureSpec = "" });
        Assert.Equal("fan-spec-2 from machine_type, revision 4", await Spec("S-1"));

        await PutDevice("S-1", new { machineType = "fan-without" });
        Assert.Equal("default from default, revision 5", await Spec("S-1"));

        await PutDevice("S-1", new { machineType = "fan-1" });
        await PutType("fan-1", "");
        Assert.Equal("default from default, revision 7", await Spec("S-1"));
        var heard = await ingest.Heard<DeviceChanged>(IngestFixture.DevicesHeard, it => it.Device == "S-1", 7);
        Assert.Equal(
            ["default", "fan-spec", "own-spec", "fan-spec-2", "default", "fan-spec-2", "default"],
            heard.OrderBy(it => it.Revision).Select(it => it.FeatureSpec));
        Assert.Equal(Enumerable.Range(1, 7).Select(i => (long)i), heard.Select(it => it.Revision).Order());
    }

    [Fact]
    public async Task Who_has_the_same_spec_after_as_before_is_not_announced()
    {
        await PutType("press-1", "press-spec");
        await PutDevice("S-2a", new { machineType = "press-1" });
        await PutDevice("S-2b", new { machineType = "press-1", featureSpec = "press-spec" });

        await PutType("press-1", "press-spec");
        await PutDevice("S-2a", new { machineType = "press-1" });

        Assert.Equal("press-spec from machine_type, revision 1", await Spec("S-2a"));
        Assert.Equal("press-spec from device, revision 1", await Spec("S-2b"));
    }

    [Fact]
    public async Task A_device_that_comes_with_its_first_recording_has_the_spec_of_its_type()
    {
        await PutType("machine", "for-new-ones"); // what a device is of which nobody said anything
        try
        {
            await ingest.Upload("S-3", IngestFixture.Wave(1));
            Assert.Equal("for-new-ones from machine_type, revision 1", await Spec("S-3"));
        }
        finally
        {
            await PutType("machine", "");
        }
    }

    [Fact]
    public async Task Machine_types_are_listed_with_their_devices()
    {
        await PutDevice("S-4a", new { machineType = "lathe" });
        await PutDevice("S-4b", new { machineType = "lathe", featureSpec = "own" });
        await PutType("mill", "mill-spec");
        await PutType("mill-2", "");

        var assigned = await PutType("lathe", "lathe-spec");

        const string lathe = """{"machineType":"lathe","featureSpec":"lathe-spec","devices":2,"withOwnSpec":1}""";
        Assert.Equal(lathe, assigned);
        var types = (await Json("machine-types")).EnumerateArray().Select(type => type.GetRawText()).ToList();
        Assert.Contains(lathe, types);
        Assert.Contains("""{"machineType":"mill","featureSpec":"mill-spec","devices":0,"withOwnSpec":0}""", types);
        Assert.DoesNotContain(types, type => type.Contains("mill-2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("under_score", """{"featureSpec":"x"}""", "machineType 'under_score' is not allowed")]
    [InlineData("ok", """{"featureSpec":"a b"}""", "featureSpec 'a b' is not allowed")]
    [InlineData("ok", "{}", "featureSpec is missing")]
    [InlineData("ok", """{"spec":"x"}""", "'spec' could not be mapped")]
    public async Task A_bad_assignment_is_refused_and_says_why(string type, string body, string expected)
    {
        var response = await ingest.Http.PutAsync(
            $"machine-types/{type}", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Token);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(expected, (await IngestFixture.Json(response)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_of_types_and_devices_at_the_same_time_lose_nothing()
    {
        const int devices = 12;
        for (var round = 0; round < 5; round++)
        {
            // Devices move into a type while its spec changes, some are born into it, others lose their own spec.
            var type = $"race-{round}";
            string Name(int i) => $"R-{round}-{i}";
            await Task.WhenAll(Enumerable.Range(0, devices).Where(i => i % 3 != 0).Select(i =>
                PutDevice(Name(i), i % 3 == 1 ? new { machineType = "elsewhere" } : (object)new { machineType = type, featureSpec = "own" })));

            await Task.WhenAll(
            [
                .. Enumerable.Range(0, devices).Select(i => PutDevice(Name(i), i % 3 == 2 ? new { featureSpec = "" } : (object)new { machineType = type })),
                .. Enumerable.Range(0, 4).Select(k => PutType(type, $"spec-{k}")),
                .. Enumerable.Range(0, devices).Select(i => ingest.Upload(Name(i), IngestFixture.Wave(1_000 + i))),
            ]);

            var spec = (await Json("machine-types")).EnumerateArray().Single(it => it.GetProperty("machineType").GetString() == type)
                .GetProperty("featureSpec").GetString();
            for (var i = 0; i < devices; i++)
            {
                var name = Name(i);
                var device = await Json($"devices/{name}");
                Assert.Equal((spec, "machine_type", type), (
                    device.GetProperty("featureSpec").GetString(), device.GetProperty("featureSpecFrom").GetString(), device.GetProperty("machineType").GetString()));
                var revision = device.GetProperty("revision").GetInt64();
                Assert.Equal(spec, (await HeardUpTo(name, revision)).MaxBy(it => it.Revision)!.FeatureSpec);
            }
        }
    }

    private readonly Dictionary<string, List<DeviceChanged>> announced = [];

    /// <summary>Reading takes messages off the queue, those of other devices too, so they are all put aside here.</summary>
    private async Task<List<DeviceChanged>> HeardUpTo(string device, long revision)
    {
        await Testing.Eventually.Is(async () =>
        {
            foreach (var message in await ingest.Heard<DeviceChanged>(IngestFixture.DevicesHeard, _ => true, 0))
                (announced.TryGetValue(message.Device, out var known) ? known : announced[message.Device] = []).Add(message);
            return announced.GetValueOrDefault(device, []).Count == revision;
        });
        return announced[device];
    }

    private async Task<string> Spec(string device)
    {
        var found = await Json($"devices/{device}");
        return $"{found.GetProperty("featureSpec")} from {found.GetProperty("featureSpecFrom")}, revision {found.GetProperty("revision")}";
    }

    private async Task PutDevice(string device, object settings) =>
        (await ingest.Http.PutAsJsonAsync($"devices/{device}", settings, Token)).EnsureSuccessStatusCode();

    private async Task<string> PutType(string type, string spec) =>
        await (await ingest.Http.PutAsJsonAsync($"machine-types/{type}", new { featureSpec = spec }, Token)).EnsureSuccessStatusCode().Content.ReadAsStringAsync(Token);

    private async Task<JsonElement> Json(string path) => await IngestFixture.Json(await ingest.Http.GetAsync(path, Token));
}
