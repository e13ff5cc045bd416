using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Contracts;

namespace Platform.Features.Tests;

public sealed class MeasurementTests(FeaturesFixture features) : IClassFixture<FeaturesFixture>
{
    [Fact]
    public async Task What_was_measured_on_a_recording_can_be_asked_for()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("LT-1", "small");
        var wav = Recordings.Noise(seconds: 3, seed: 1);
        var cut = await features.Archive("LT-1", wav[..^16_001]); // half a second and a byte are missing
        await features.Publish(cut);
        await features.Hear<FeaturesExtracted>(set => set.RecordingId == cut.RecordingId);

        var measured = await Features(cut.RecordingId);
        var set = Assert.Single(measured.GetProperty("sets").EnumerateArray());

        Assert.Equal("LT-1", measured.GetProperty("device").GetString());
        Assert.Equal(["small"], set.GetProperty("specs").EnumerateArray().Select(name => name.GetString()!));
        Assert.Equal((2, true), (set.GetProperty("patchCount").GetInt32(), set.GetProperty("truncated").GetBoolean()));
        Assert.Equal((16_000, 1), (set.GetProperty("sampleRate").GetInt32(), set.GetProperty("channels").GetInt32()));
        Assert.Equal(2.5, set.GetProperty("durationSeconds").GetDouble(), 1e-3);
        // White noise between ±3000 of 32768: rms is a √3rd of that, the centroid half of the band.
        Assert.Equal(3_000 / 32_768.0, set.GetProperty("peak").GetDouble(), 1e-3);
        Assert.Equal(3_000 / 32_768.0 / Math.Sqrt(3), set.GetProperty("rms").GetDouble(), 1e-3);
        Assert.Equal(4_000, set.GetProperty("spectralCentroid").GetDouble(), 100.0);
        Assert.Equal((0.0, 0.0), (set.GetProperty("clippedFraction").GetDouble(), set.GetProperty("silentFraction").GetDouble()));
    }

    [Fact]
    public async Task Why_there_is_nothing_to_measure_can_be_asked_for_too()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("LT-2", "small");
        var tooShort = await features.Archive("LT-2", Recordings.Noise(seconds: 0.25, seed: 2));
        await features.Publish(tooShort);
        await features.Hear<FeatureExtractionFailed>(failed => failed.RecordingId == tooShort.RecordingId);

        var measured = await Features(tooShort.RecordingId);
        var failure = Assert.Single(measured.GetProperty("failures").EnumerateArray());

        Assert.Empty(measured.GetProperty("sets").EnumerateArray());
        Assert.Equal(("small", "too_short"), (failure.GetProperty("featureSpec").GetString(), failure.GetProperty("reason").GetString()));
        Assert.Equal(0.25, failure.GetProperty("durationSeconds").GetDouble(), 1e-6);
        var unknown = await features.Http.GetAsync($"recordings/{Guid.NewGuid()}/features", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    private async Task<JsonElement> Features(Guid recordingId) =>
        await features.Http.GetFromJsonAsync<JsonElement>($"recordings/{recordingId}/features", TestContext.Current.CancellationToken);
}
