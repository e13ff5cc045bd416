using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Ingest.Tests;

public sealed class UploadTests(IngestFixture ingest) : IClassFixture<IngestFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_recording_is_archived_under_its_hash_and_announced_once()
    {
        var wave = IngestFixture.Wave(1);
        var hash = Convert.ToHexStringLower(SHA256.HashData(wave));

        var response = await ingest.Upload("LT-1", wave, "recordedAt=2026-03-01T06:30:00Z&label=normal&name=morning.wav");

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var body = await IngestFixture.Json(response);
        var id = body.GetProperty("id").GetGuid();
        Assert.Equal($"/recordings/{id}", response.Headers.Location!.ToString());
        Assert.Equal(hash, body.GetProperty("sha256").GetString());
        Assert.Equal(wave.Length, body.GetProperty("sizeBytes").GetInt64());
        Assert.Equal($"audio/LT-1/20260301/{hash}.wav", body.GetProperty("objectKey").GetString());
        Assert.Equal("2026-03-01T06:30:00Z", body.GetProperty("recordedAt").GetString());
        Assert.Equal("normal", body.GetProperty("label").GetString());
        Assert.Equal("none", body.GetProperty("verdict").GetString());
        Assert.Equal("archived", body.GetProperty("state").GetString());
        Assert.Equal(wave, await ingest.Store.ReadVerified($"audio/LT-1/20260301/{hash}.wav", hash, Token));

        var heard = Assert.Single(await ingest.Heard<AudioArchived>(IngestFixture.ArchivedHeard, it => it.Device == "LT-1", 1));
        Assert.Equal((id, hash, "20260301", "normal"), (heard.RecordingId, heard.Sha256, heard.Day, heard.Label));
        var device = Assert.Single(await ingest.Heard<DeviceChanged>(IngestFixture.DevicesHeard, it => it.Device == "LT-1", 1));
        Assert.Equal(("default", "machine", "UTC", "default", 1), (device.Site, device.MachineType, device.TimeZone, device.FeatureSpec, device.Revision));
    }

    [Fact]
    public async Task The_same_bytes_twice_are_one_recording_per_device()
    {
        var wave = IngestFixture.Wave(2);

        var first = await ingest.Upload("LT-2", wave, "recordedAt=2026-03-01T06:30:00Z");
        var again = await ingest.Upload("LT-2", wave, "recordedAt=2026-03-05T06:30:00Z&label=anomalous");
        var elsewhere = await ingest.Upload("LT-2b", wave);

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(HttpStatusCode.Created, elsewhere.StatusCode);
        Assert.Equal((await IngestFixture.Json(first)).GetRawText(), (await IngestFixture.Json(again)).GetRawText());
        Assert.Single(await ingest.Keys("audio/LT-2/"));
        Assert.Empty(await ingest.Keys("staging/"));
    }

    [Fact]
    public async Task Of_simultaneous_uploads_of_the_same_bytes_one_creates()
    {
        for (var round = 0; round < 5; round++)
        {
            var (device, wave) = ($"LT-3-{round}", IngestFixture.Wave(300 + round));

            // Even with times on different days, which would be different keys.
            var answers = await Task.WhenAll(Enumerable.Range(1, 6).Select(i => ingest.Upload(device, wave, $"recordedAt=2026-03-0{i}T06:30:00Z")));

            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
            Assert.Equal(5, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
            Assert.Equal(1, await ingest.CountRecordings(device));
            var key = Assert.Single(await ingest.Keys($"audio/{device}/"));
            Assert.All(await Task.WhenAll(answers.Select(IngestFixture.Json)), body => Assert.Equal(key, body.GetProperty("objectKey").GetString()));
            Assert.Single(await ingest.Heard<AudioArchived>(IngestFixture.ArchivedHeard, it => it.Device == device, 1));
        }
    }

    [Theory]
    [InlineData("bad_code", "", "audio/wav", "device 'bad_code' is not allowed")]
    [InlineData("-x", "", "audio/wav", "device '-x' is not allowed")]
    [InlineData("ok", "label=good", "audio/wav", "label 'good' is not known: unlabelled, normal, verified_normal, anomalous")]
    [InlineData("ok", "recordedAt=yesterday", "audio/wav", "recordedAt 'yesterday' is not a time")]
    [InlineData("ok", "recordedAt=2026-03-01T06:30:00", "audio/wav", "is not a time: give ISO 8601 with its offset")]
    [InlineData("ok", "recordedAt=2026-03-01T06:30:00+01:00", "audio/wav", "'+' must be escaped")]
    [InlineData("ok", "recordedAt=2026-02-30T06:30:00Z", "audio/wav", "recordedAt '2026-02-30T06:30:00Z' is not a time")]
    [InlineData("ok", "recordedAt=2999-01-01T00:00:00Z", "audio/wav", "is not plausible")]
    [InlineData("ok", "recordedAt=0001-01-01T00:00:00Z", "audio/wav", "is not plausible")]
    [InlineData("ok", "name=", "audio/wav", "name has 0 characters")]
    [InlineData("ok", "", "audio/midi", "Content-Type 'audio/midi' is not supported: application/octet-stream, audio/wav")]
    [InlineData("ok", "", "application/vnd.apple.mpegurl", "is not supported")]
    [InlineData("ok", "", "nonsense", "Content-Type 'nonsense' is not supported")]
    public async Task Bad_input_is_refused_and_says_what_is_allowed(string device, string query, string contentType, string expected)
    {
        var response = await ingest.Upload(device, IngestFixture.Wave(4), query, contentType);

        Assert.Equal(contentType == "audio/wav" ? HttpStatusCode.BadRequest : HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains(expected, (await IngestFixture.Json(response)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest, "The body is empty")]
    [InlineData("RIFF", HttpStatusCode.UnsupportedMediaType, "begins with 52494646.")]
    [InlineData("RIFFxxxxAVI LIST", HttpStatusCode.UnsupportedMediaType, "is no audio that is read here")]
    [InlineData("#EXTM3U\n#EXTINF:1\nfile:///etc/passwd\n", HttpStatusCode.UnsupportedMediaType, "is no audio that is read here")]
    [InlineData("ffconcat version 1.0\nfile /etc/passwd\n", HttpStatusCode.UnsupportedMediaType, "is no audio that is read here")]
    public async Task A_body_that_is_no_audio_is_refused(string body, HttpStatusCode status, string expected)
    {
        foreach (var type in new[] { "audio/wav", "application/octet-stream" })
        {
            var response = await ingest.Upload("LT-5", Encoding.ASCII.GetBytes(body), contentType: type);

            Assert.Equal(status, response.StatusCode);
            Assert.Contains(expected, (await IngestFixture.Json(response)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        Assert.Empty(await ingest.Keys("audio/LT-5/"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_recording_over_the_limit_is_refused_declared_or_not(bool declared)
    {
        var wave = IngestFixture.Wave(6, samples: 1_500_000);
        using HttpContent content = declared ? new ByteArrayContent(wave) : new StreamContent(new Endless(wave));
        content.Headers.TryAddWithoutValidation("Content-Type", "audio/wav");

        var response = await ingest.Http.PutAsync("devices/LT-6/recordings", content, Token);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("2000000", (await IngestFixture.Json(response)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(await ingest.Keys("audio/LT-6/"));
        Assert.Empty(await ingest.Keys("staging/"));
    }

    [Fact]
    public async Task A_client_that_goes_away_leaves_nothing()
    {
        var wave = IngestFixture.Wave(7, samples: 500_000);
        using (var client = new TcpClient("127.0.0.1", ingest.Service.Address.Port))
        {
            var head = $"PUT /devices/LT-7/recordings HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\nContent-Length: {wave.Length}\r\n\r\n";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), Token);
            await client.GetStream().WriteAsync(wave.AsMemory(0, 300_000), Token);
            client.Client.LingerState = new LingerOption(true, 0); // a reset, as when a machine is switched off
        }

        var after = await ingest.Upload("LT-7", IngestFixture.Wave(8));
        Assert.Equal(HttpStatusCode.Created, after.StatusCode);
        Assert.Equal(1, await ingest.CountRecordings("LT-7"));
        Assert.Single(await ingest.Keys("audio/LT-7/"));
        Assert.Empty(await ingest.Keys("staging/"));
    }

    [Fact]
    public async Task Listing_pages_in_the_order_of_arrival()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 5; i++)
            ids.Add((await IngestFixture.Json(await ingest.Upload("LT-8", IngestFixture.Wave(800 + i)))).GetProperty("id").GetGuid());

        var first = await IngestFixture.Json(await ingest.Http.GetAsync("devices/LT-8/recordings?limit=3", Token));
        var rest = await IngestFixture.Json(await ingest.Http.GetAsync($"devices/LT-8/recordings?limit=3&state=archived&after={ids[2]}", Token));

        Assert.Equal(ids[..3], first.EnumerateArray().Select(it => it.GetProperty("id").GetGuid()));
        Assert.Equal(ids[3..], rest.EnumerateArray().Select(it => it.GetProperty("id").GetGuid()));
        Assert.Equal(HttpStatusCode.NotFound, (await ingest.Http.GetAsync("devices/nobody/recordings", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ingest.Http.GetAsync("devices/LT-8/recordings?limit=0", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ingest.Http.GetAsync("devices/LT-8/recordings?limit=many", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ingest.Http.GetAsync("devices/LT-8/recordings?state=lost", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ingest.Http.GetAsync($"devices/LT-8/recordings?after={Guid.NewGuid()}", Token)).StatusCode);
    }

    [Fact]
    public async Task What_is_not_there_is_a_problem_too()
    {
        foreach (var path in new[] { $"recordings/{Guid.NewGuid()}", "devices/nobody", "nothing/here" })
        {
            var response = await ingest.Http.GetAsync(path, Token);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        }
    }

    /// <summary>A body without a length, as a recorder sends that streams.</summary>
    private sealed class Endless(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public override bool CanSeek => false;
    }
}
