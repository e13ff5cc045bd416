using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Features.Tests.Spectrograms;

public sealed class SpectrogramTests(FeaturesFixture features) : IClassFixture<FeaturesFixture>
{
    private const double Seconds = 9;
    private const double FramesPerSecond = 16_000 / 256.0;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tone_lights_its_band_over_the_whole_time()
    {
        // 32 Slaney bands up to 8 kHz lie 1.371 mel apart; 1000 Hz is 15 mel, nearest to the centre of band 10 (11 × 1.371).
        const int band = 10;
        var id = await Extract("SP-1", Recordings.Wav(Seconds, n => (short)(16_000 * Math.Sin(2 * Math.PI * 1_000 * n / 16_000))));

        var picture = await Picture(id);

        Assert.Equal((564, 256), (picture.Width, picture.Height)); // 8 windows of 126 frames, one every 62.5; 8 pixels per band
        for (var x = 3; x < picture.Width - 3; x++)
        {
            var brightest = Enumerable.Range(0, 256).MaxBy(y => picture.At(x, y));
            Assert.Equal((31 - band) * 8, brightest);
            Assert.InRange(picture.At(x, (31 - band) * 8), 250, 255); // no seam between windows is darker
        }
    }

    [Fact]
    public async Task A_click_in_the_middle_stands_in_the_middle()
    {
        var id = await Extract("SP-2", Recordings.Wav(Seconds, n => n == 72_000 ? (short)30_000 : (short)0));

        var picture = await Picture(id);

        var lit = Enumerable.Range(0, picture.Width).Where(x => Enumerable.Range(0, 256).Any(y => picture.At(x, y) > 0)).ToList();
        Assert.InRange(lit[0], 4.5 * FramesPerSecond - 2, 4.5 * FramesPerSecond + 2);
        Assert.InRange(lit[^1], lit[0], lit[0] + 3);
    }

    [Fact]
    public async Task Size_and_range_are_as_asked_for()
    {
        var id = await Extract("SP-3", Recordings.Noise(Seconds, 3));

        var small = await Picture(id, "width=100&height=16&min=-100&max=0");
        var dark = await Picture(id, "width=100&height=16&min=100&max=200");

        Assert.Equal((100, 16), (small.Width, small.Height));
        Assert.Contains(small.Pixels, pixel => pixel > 0);
        Assert.All(dark.Pixels, pixel => Assert.Equal(0, pixel));
    }

    [Theory]
    [InlineData("width=0", "width is 0, allowed are 1 to 8192.")]
    [InlineData("height=99999", "height is 99999, allowed are 1 to 2048.")]
    [InlineData("min=-10&max=-20", "min is -10 and max is -20; min must be below max.")]
    [InlineData("max=NaN", "max is NaN, allowed are -1000 to 1000 dB.")]
    [InlineData("width=wide", "wide")]
    public async Task What_cannot_be_drawn_is_refused(string query, string expected)
    {
        var response = await Get(Guid.NewGuid(), query);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(expected, await Detail(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_the_picture_already_is_told_so_without_reading_the_patches()
    {
        var id = await Extract("SP-4", Recordings.Noise(2, 4));
        var first = await Get(id);
        var key = features.Heard<FeaturesExtracted>(set => set.RecordingId == id)[0].FeatureSetKey;
        await features.Store.Delete(key, Token);

        var again = await Get(id, "", first.Headers.ETag);
        var other = await Get(id, "width=10", first.Headers.ETag);

        Assert.True(first.Headers.CacheControl!.NoCache); // the device's spec may change, and with it the picture
        Assert.Equal((HttpStatusCode.NotModified, first.Headers.ETag), (again.StatusCode, again.Headers.ETag));
        Assert.Equal(HttpStatusCode.InternalServerError, other.StatusCode);
        Assert.Contains(key, await Detail(other), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_patches_are_not_drawn()
    {
        var id = await Extract("SP-5", Recordings.Noise(2, 5));
        var set = features.Heard<FeaturesExtracted>(set => set.RecordingId == id)[0];
        await using (var content = await features.Store.OpenRead(set.FeatureSetKey, Token))
        {
            var bytes = new MemoryStream();
            await content.CopyToAsync(bytes, Token);
            bytes.GetBuffer()[bytes.Length - 3] ^= 1;
            bytes.Position = 0;
            await features.Store.Put(set.FeatureSetKey, bytes, Token);
        }

        var response = await Get(id);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("SHA-256", await Detail(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recording_is_drawn_under_its_devices_spec_the_one_before_it_or_a_named_one()
    {
        var id = await Extract("SP-6", Recordings.Noise(2, 6));
        var first = features.Heard<FeaturesExtracted>(set => set.RecordingId == id)[0].FeatureSetKey;
        await features.CreateSpec("eight");

        await features.AnnounceDevice("SP-6", "eight", revision: 2);
        await features.Hear<FeaturesExtracted>(set => set.RecordingId == id && set.FeatureSetKey != first); // the first may be announced twice
        var own = await Picture(id, "height=2048");
        var before = await Get(id, "spec=picture&height=2048");
        Assert.Equal(TimeSpan.FromDays(365), before.Headers.CacheControl!.MaxAge);
        Assert.NotEqual(own.Pixels, DecodedPng.Read(await before.Content.ReadAsByteArrayAsync(Token)).Pixels);

        await features.AnnounceDevice("SP-6", "nobody-made-this", revision: 3);
        await features.Hear<FeatureExtractionFailed>(failed => failed.RecordingId == id);
        Assert.Equal(own.Pixels, (await Picture(id, "height=2048")).Pixels);
    }

    [Fact]
    public async Task Why_there_is_no_picture_is_said()
    {
        await Create();
        await features.AnnounceDevice("SP-7", "picture");
        var tooShort = await features.Archive("SP-7", Recordings.Noise(1, 7));
        var early = await features.Archive("SP-8", Recordings.Noise(2, 8));
        await features.Publish(tooShort);
        await features.Publish(early);
        await features.Hear<FeatureExtractionFailed>(failed => failed.RecordingId == tooShort.RecordingId);

        await Missing(Guid.NewGuid(), "", "There is no recording");
        await Missing(tooShort.RecordingId, "", "too_short: The recording has 16000 samples");
        await Missing(tooShort.RecordingId, "spec=default", "has no features under spec 'default' yet");
        await Missing(tooShort.RecordingId, "spec=nowhere", "There is no feature spec 'nowhere'");
        await Testing.Eventually.Is(async () => (await Detail(await Get(early.RecordingId))).Contains("its device has not been announced", StringComparison.Ordinal));
    }

    private async Task Missing(Guid id, string query, string expected)
    {
        var response = await Get(id, query);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains(expected, await Detail(response), StringComparison.Ordinal);
    }

    private async Task<Guid> Extract(string device, byte[] wav)
    {
        await Create();
        await features.AnnounceDevice(device, "picture");
        var audio = await features.Archive(device, wav);
        await features.Publish(audio);
        await features.Hear<FeaturesExtracted>(set => set.RecordingId == audio.RecordingId);
        return audio.RecordingId;
    }

    private async Task Create() => (await features.Http.PostAsJsonAsync(
        "feature-specs",
        new { name = "picture", extraction = new { winSeconds = 2, hopSeconds = 1, nFft = 512, hopLength = 256, nMels = 32 } },
        Token)).EnsureSuccessStatusCode();

    private async Task<DecodedPng> Picture(Guid id, string query = "")
    {
        var response = await Get(id, query);
        Assert.Equal("image/png", response.EnsureSuccessStatusCode().Content.Headers.ContentType?.MediaType);
        return DecodedPng.Read(await response.Content.ReadAsByteArrayAsync(Token));
    }

    private async Task<HttpResponseMessage> Get(Guid id, string query = "", EntityTagHeaderValue? known = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"recordings/{id}/spectrogram.png?{query}");
        if (known is not null)
            request.Headers.IfNoneMatch.Add(known);
        return await features.Http.SendAsync(request, Token);
    }

    private static async Task<string> Detail(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("detail").GetString()!;
}
