using System.Net.Http.Json;
using System.Text.Json;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Ingest.Tests;

/// <summary>A recording's state is that under its device's present spec, whatever was heard about others, and in whatever order.</summary>
public sealed class OutcomeTests(IngestFixture ingest) : IClassFixture<IngestFixture>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_recording_shorter_than_a_window_is_too_short_until_its_device_has_a_shorter_one()
    {
        await Put("O-1", new { featureSpec = "long" });
        var id = await Archive("O-1", 1);

        await ingest.Publish(TooShort(id, "long", 0.1), TooShort(id, "long", 0.1));

        await Becomes(id, "too_short");
        var recording = await Get(id);
        Assert.Equal((0.1, "too_short"), (recording.GetProperty("durationSeconds").GetDouble(), recording.GetProperty("reason").GetString()));
        Assert.Single(await ingest.Keys("audio/O-1/"));
        Assert.Equal(id, Assert.Single((await Json("devices/O-1/recordings?state=too_short")).EnumerateArray()).GetProperty("id").GetGuid());
        Assert.Empty((await Json("devices/O-1/recordings?state=archived")).EnumerateArray());

        await Put("O-1", new { featureSpec = "short" });
        await ingest.Publish(Extracted(id, "short"), Extracted(id, "short"));
        await Becomes(id, "archived");
        Assert.Equal(JsonValueKind.Null, (await Get(id)).GetProperty("reason").ValueKind);

        await Put("O-1", new { featureSpec = "long" }); // nothing is announced again for a spec that was tried before
        Assert.Equal("too_short", (await Get(id)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task What_is_heard_about_another_spec_changes_nothing()
    {
        await Put("O-2", new { featureSpec = "long" });
        var id = await Archive("O-2", 2);
        await ingest.Publish(TooShort(id, "long", 0.1));
        await Becomes(id, "too_short");

        await ingest.Publish(Extracted(id, "deployed-before"));
        var other = await Archive("O-2", 3);
        await ingest.Publish(TooShort(other, "longer-still", 0.1));

        await Drained();
        Assert.Equal("too_short", (await Get(id)).GetProperty("state").GetString());
        Assert.Equal("archived", (await Get(other)).GetProperty("state").GetString());
    }

    [Theory]
    [InlineData(ExtractionFailures.MissingChannel)]
    [InlineData(ExtractionFailures.UnknownSpec)]
    [InlineData(ExtractionFailures.TooShort)]
    public async Task What_only_the_spec_is_to_blame_for_never_moves_a_recording(string reason)
    {
        var device = $"O-7-{reason.Replace('_', '-')}";
        var id = await Archive(device, 11);

        await ingest.Publish(new FeatureExtractionFailed(id, device, reason, "the spec takes channel 3", Noon, FeatureSpec: "default"));

        await Eventually.Is(async () => (await Get(id)).GetProperty("reason").GetString() == reason);
        Assert.Equal([(await Get(id)).GetProperty("objectKey").GetString()!], await ingest.Keys($"audio/{device}/"));
        Assert.Empty(await ingest.Keys($"quarantine/{device}/"));
    }

    [Fact]
    public async Task A_failure_that_comes_after_the_features_that_ended_it_is_too_late()
    {
        await Put("O-3", new { featureSpec = "made-later" });
        var id = await Archive("O-3", 4);
        var unknown = new FeatureExtractionFailed(id, "O-3", ExtractionFailures.UnknownSpec, "no spec", Noon, FeatureSpec: "made-later");

        await ingest.Publish(Extracted(id, "made-later"));
        await Drained();
        await ingest.Publish(unknown);
        await Drained();

        Assert.Equal(JsonValueKind.Null, (await Get(id)).GetProperty("reason").ValueKind);
    }

    [Fact]
    public async Task Of_two_failures_under_a_spec_the_later_one_stands()
    {
        await Put("O-4", new { featureSpec = "made-later" });
        var id = await Archive("O-4", 5);
        var unknown = new FeatureExtractionFailed(id, "O-4", ExtractionFailures.UnknownSpec, "no spec", Noon, FeatureSpec: "made-later");

        await ingest.Publish(TooShort(id, "made-later", 0.1) with { FailedAt = Noon.AddMinutes(1) });
        await Becomes(id, "too_short");
        await ingest.Publish(unknown);
        await Drained();

        Assert.Equal("too_short", (await Get(id)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_message_that_names_no_spec_is_about_the_devices_own()
    {
        var id = await Archive("O-5", 6);

        await ingest.Publish(TooShort(id, null, 0.1));
        await Becomes(id, "too_short");
        await ingest.Publish(Extracted(id, null));
        await Becomes(id, "archived");
    }

    [Fact]
    public async Task A_device_says_how_many_recordings_it_has_of_each_state()
    {
        var (sound, shorter, broken, odd) = (await Archive("O-6", 7), await Archive("O-6", 8), await Archive("O-6", 9), await Archive("O-6", 10));
        await ingest.Publish(
            TooShort(shorter, "default", 0.1),
            new FeatureExtractionFailed(broken, "O-6", ExtractionFailures.CorruptAudio, "byte 3", Noon, FeatureSpec: "default"),
            new FeatureExtractionFailed(odd, "O-6", ExtractionFailures.MissingAudio, "gone", Noon, FeatureSpec: "default"));
        await ingest.Publish(Extracted(sound, "default") with { DurationSeconds = 900 });

        await Eventually.Is(async () => (await Json("devices/O-6")).GetProperty("recordings").GetRawText()
            == """{"archived":2,"tooShort":1,"quarantined":1,"failed":1,"hours":0.25,"lastRecordedAt":"2026-03-01T00:00:10Z"}""");
        Assert.True((await Json("recordings/summary")).GetProperty("tooShort").GetInt64() >= 1);
        Assert.False((await Json("devices")).EnumerateArray().First().TryGetProperty("recordings", out _));
    }

    private static FeatureExtractionFailed TooShort(Guid id, string? spec, double seconds) =>
        new(id, "O", ExtractionFailures.TooShort, $"{seconds} s", Noon, seconds, spec);

    private static FeaturesExtracted Extracted(Guid id, string? spec) => new(id, "O", "features/x.npy", "00", "11", "22", 3, Noon, spec);

    private async Task<Guid> Archive(string device, int seed) => (await IngestFixture.Json(
        await ingest.Upload(device, IngestFixture.Wave(seed), $"recordedAt=2026-03-01T00:00:{seed:00}Z"))).GetProperty("id").GetGuid();

    private Task<JsonElement> Get(Guid id) => Json($"recordings/{id}");

    private async Task<JsonElement> Json(string path) => await IngestFixture.Json(await ingest.Http.GetAsync(path, Token));

    private async Task Put(string device, object settings) =>
        (await ingest.Http.PutAsJsonAsync($"devices/{device}", settings, Token)).EnsureSuccessStatusCode();

    private Task Becomes(Guid id, string state) => Eventually.Is(async () => (await Get(id)).GetProperty("state").GetString() == state);

    private Task Drained() => Eventually.Is(async () =>
    {
        var queues = await ingest.Vhost.Queues();
        return ((string[])["ingest-feature-extraction-failed", "ingest-features-extracted"])
            .All(name => queues[name].TryGetProperty("messages", out var messages) && messages.GetInt32() == 0);
    });
}
