using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Registry.Tests.Scopes;

/// <summary>Scopes as people ask for them: over HTTP, with the longest names there are and with lists that nobody should send.</summary>
public sealed class ScopeRequestTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task The_longest_names_become_runs_that_can_be_found_by_name()
    {
        var (type, site) = (new string('T', 64), new string('S', 64));
        string[] devices = [.. Enumerable.Range(0, 3).Select(i => new string('D', 63) + i.ToString(CultureInfo.InvariantCulture))];
        foreach (var device in devices)
            await Know(device, site, type);

        foreach (var request in new object[]
        {
            new { mode = "device", device = devices[0] },
            new { mode = "machine_type", machineType = type, sites = new[] { site }, aggregation = "balanced" },
            new { mode = "site", site, devices },
            new { mode = "global", sites = new[] { site } },
            new { mode = "global", devices, aggregation = "balanced" },
        })
        {
            var response = await Registry.Post("runs", request);
            var started = await Read(response, HttpStatusCode.Accepted);
            var (name, modelId) = (started.GetProperty("name").GetString()!, started.GetProperty("modelId").GetString()!);

            // A run is a folder of the object store, where a name may have 255 bytes; a key, 1024.
            Assert.Matches("^[A-Za-z0-9][A-Za-z0-9._-]{0,170}$", name);
            Assert.InRange($"models/{modelId}/v100000/detectors/reconstruction_{devices[0]}.npz".Length, 1, 1024);
            var id = started.GetProperty("id").GetGuid();
            Assert.Equal(id, (await Registry.Get<JsonElement>($"runs/{name}")).GetProperty("id").GetGuid());
            await Eventually.Is(() => Registry.Heard<PrepareTraining>().Any(message => message.RunId == id && message.RunName == name && message.Scope.ModelId == modelId));

            var run = await Registry.Complete(await Registry.GetRun(id));
            Assert.Equal((modelId, 1), ((await Registry.GetModel(modelId)).ModelId, run.Version));
        }
    }

    [Fact]
    public async Task Every_unknown_device_is_named_once()
    {
        var known = await Registry.NewDevice();

        var problem = await Refused(new { mode = "global", devices = new[] { "NEW-2", known, "NEW-10", "NEW-2" } });

        Assert.Equal("unknown device: 'NEW-10', 'NEW-2'.", problem.GetProperty("errors").GetProperty("devices").GetString());
    }

    [Theory]
    [InlineData("""{ "mode": "global", "devices": [] }""", "devices: the list is empty; leave the field out to mean all.")]
    [InlineData("""{ "mode": "global", "sites": [] }""", "sites: the list is empty")]
    [InlineData("""{ "mode": "global", "devices": [null] }""", "devices: null is not a code")]
    [InlineData("""{ "mode": "global", "devices": ["", "LT-2"] }""", "devices: '' is not a code")]
    [InlineData("""{ "mode": "global", "devices": ["LT-Ä", "泵"] }""", "devices: 'LT-Ä', '泵' is not a code; allowed is [A-Za-z0-9][A-Za-z0-9.-]{0,63}.")]
    [InlineData("""{ "mode": "site", "site": "" }""", "site: '' is not a code")]
    [InlineData("""{ "mode": "device", "device": "a\u0000" }""", "is not a code")]
    [InlineData("""{ "mode": "global", "devices": ["a\u0000"] }""", "is not a code")]
    [InlineData("""{ "mode": "a\u0000", "modelType": "a\u0000" }""", "mode: 'a")]
    [InlineData("""{ "mode": "device", "device": "a\ud83c" }""", "")]
    [InlineData("""{ "mode": "device", "devices": "LT-2" }""", "")]
    [InlineData("""{ "mode": "device", "devices": [["LT-2"]] }""", "")]
    [InlineData("""null""", "")]
    public async Task A_list_that_is_none_is_refused(string body, string error)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        var problem = await Read(await Registry.Http.PostAsync("runs", content, CancellationToken), HttpStatusCode.BadRequest);

        if (error.Length > 0)
            Assert.Contains(error, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("devices", 10_001)]
    [InlineData("sites", 1_000_000)]
    [InlineData("devices", 1_000_000)]
    public async Task A_list_that_no_plant_has_is_refused_in_a_few_words(string field, int length)
    {
        string[] codes = [.. Enumerable.Range(0, length).Select(i => $"D{i}")];

        var problem = await Refused(new Dictionary<string, object> { ["mode"] = "global", [field] = codes });

        Assert.Equal($"the list has {length} entries; allowed are 10000. Leave the field out to mean all.", problem.GetProperty("errors").GetProperty(field).GetString());
    }

    [Fact]
    public async Task Of_very_many_unknown_devices_or_very_long_codes_only_the_beginning_is_said()
    {
        string[] codes = [.. Enumerable.Range(0, 10_000).Select(i => $"D{i:00000}")];
        var unknown = (await Refused(new { mode = "global", devices = codes })).GetProperty("errors").GetProperty("devices").GetString()!;
        var tooLong = (await Refused(new { mode = "global", devices = new[] { new string('x', 99) + "🏭" + new string('x', 1_000_000) } })).ToString();

        Assert.EndsWith("'D00099' and 9900 more.", unknown, StringComparison.Ordinal);
        Assert.InRange(tooLong.Length, 100, 2_000);
    }

    [Fact]
    public async Task A_short_name_that_stands_for_another_subset_is_refused()
    {
        // Two lists with the same first 100 characters and the same 32 bits of hash are found among some 80 000 by their birthdays.
        string[] common = [.. Enumerable.Range(0, 5).Select(i => $"{new string('C', 20)}{i}")];
        var (one, other) = Collision("selected_devices/" + string.Join('_', common) + "_");
        foreach (var device in (string[])[.. common, one, other])
            await Know(device);

        var first = await Read(await Registry.Post("runs", new { mode = "global", devices = common.Append(one) }), HttpStatusCode.Accepted);
        var problem = await Refused(new { mode = "global", devices = common.Append(other) });
        await Registry.Complete(await Registry.GetRun(first.GetProperty("id").GetGuid()));
        var again = await Read(await Registry.Post("runs", new { mode = "global", devices = common.Append(one), aggregation = "balanced" }), HttpStatusCode.Accepted);

        var reason = problem.GetProperty("errors").GetProperty("scope").GetString();
        Assert.Contains($"_{one}'", reason, StringComparison.Ordinal);
        Assert.StartsWith(first.GetProperty("modelId").GetString()!.Split("/pooled")[0], again.GetProperty("modelId").GetString()!, StringComparison.Ordinal);
    }

    private static (string One, string Other) Collision(string beginning)
    {
        var seen = new Dictionary<string, string>();
        for (var i = 0; ; i++)
        {
            var code = $"X{i}";
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(beginning + code)))[..8];
            if (!seen.TryAdd(hash, code))
                return (seen[hash], code);
        }
    }

    private async Task Know(string device, string site = "S001", string machineType = "pump")
    {
        await Registry.Publish(new DeviceChanged(device, site, machineType, "UTC", "default", 1, DateTimeOffset.UtcNow));
        await Eventually.Is(async () => (await Registry.Get<JsonElement>("devices")).EnumerateArray().Any(one => one.GetProperty("device").GetString() == device));
    }

    private async Task<JsonElement> Refused(object request) => await Read(await Registry.Post("runs", request), HttpStatusCode.BadRequest);

    private static async Task<JsonElement> Read(HttpResponseMessage response, HttpStatusCode expected)
    {
        var body = await response.Content.ReadAsStringAsync(CancellationToken);
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode} {body}");
        return JsonDocument.Parse(body).RootElement;
    }
}
