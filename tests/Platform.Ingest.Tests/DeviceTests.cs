using System.Net;
using System.Net.Http.Json;
using Platform.Contracts;

namespace Platform.Ingest.Tests;

public sealed class DeviceTests(IngestFixture ingest) : IClassFixture<IngestFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_is_created_changed_and_announced_with_a_growing_revision()
    {
        var created = await Put("P-1", new { site = "S001", machineType = "pump", timeZone = "Europe/Berlin" });
        var changed = await Put("P-1", new { featureSpec = "fine_2s" });
        var same = await Put("P-1", new { site = "S001" });

        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(
            """{"device":"P-1","site":"S001","machineType":"pump","timeZone":"Europe/Berlin","featureSpec":"fine_2s","featureSpecFrom":"device","revision":2}""",
            await same.Content.ReadAsStringAsync(Token));
        var heard = await ingest.Heard<DeviceChanged>(IngestFixture.DevicesHeard, it => it.Device == "P-1", 2);
        Assert.Equal([(1L, "default"), (2L, "fine_2s")], heard.Select(it => (it.Revision, it.FeatureSpec)));
    }

    [Fact]
    public async Task Changes_at_the_same_time_all_count()
    {
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Put("P-2", new { site = $"S{i}" })));

        var heard = await ingest.Heard<DeviceChanged>(IngestFixture.DevicesHeard, it => it.Device == "P-2", 10);

        Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i), heard.Select(it => it.Revision).Order());
        var now = await IngestFixture.Json(await ingest.Http.GetAsync("devices/P-2", Token));
        Assert.Equal(heard.MaxBy(it => it.Revision)!.Site, now.GetProperty("site").GetString());
    }

    [Theory]
    [InlineData("under_score", "{}", "device 'under_score' is not allowed")]
    [InlineData("ok", """{"site":"a/b"}""", "site 'a/b' is not allowed")]
    [InlineData("ok", """{"machineType":""}""", "machineType '' is not allowed")]
    [InlineData("ok", """{"timeZone":"Berlin"}""", "timeZone 'Berlin' is not known")]
    [InlineData("ok", """{"timeZone":"../../etc/passwd"}""", "is not known")]
    [InlineData("ok", """{"featureSpec":"x y"}""", "featureSpec 'x y' is not allowed")]
    [InlineData("ok", """{"sites":"S001"}""", "'sites' could not be mapped")]
    [InlineData("ok", """{"site":5}""", "$.site")]
    [InlineData("ok", "not json", "JSON")]
    [InlineData("ok", "", "body")]
    public async Task Bad_settings_are_refused_and_say_why(string device, string body, string expected)
    {
        var response = await ingest.Http.PutAsync(
            $"devices/{device}", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Token);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(expected, (await IngestFixture.Json(response)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-01T23:30:00Z", "20260302")]
    [InlineData("America/New_York", "2026-03-01T03:30:00Z", "20260228")]
    [InlineData("UTC", "2026-03-01T23:30:00-02:00", "20260302")]
    public async Task A_day_is_the_plants_day(string timeZone, string recordedAt, string day)
    {
        var device = $"D-{timeZone.Replace('/', '-').Replace('_', '-')}";
        await Put(device, new { timeZone });

        var response = await ingest.Upload(device, IngestFixture.Wave(day.GetHashCode(StringComparison.Ordinal)), $"recordedAt={Uri.EscapeDataString(recordedAt)}");

        Assert.Equal(day, (await IngestFixture.Json(response)).GetProperty("day").GetString());
        Assert.StartsWith($"audio/{device}/{day}/", (await IngestFixture.Json(response)).GetProperty("objectKey").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_devices_are_listed_by_code()
    {
        await Put("Z-9", new { });
        await Put("A-1", new { });

        var devices = (await IngestFixture.Json(await ingest.Http.GetAsync("devices", Token))).EnumerateArray()
            .Select(device => device.GetProperty("device").GetString()!).ToList();

        Assert.Contains("Z-9", devices);
        Assert.Equal(devices.Order(StringComparer.Ordinal), devices);
    }

    private Task<HttpResponseMessage> Put(string device, object settings) => ingest.Http.PutAsJsonAsync($"devices/{device}", settings, Token);
}
