using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Ingest.Tests;

/// <summary>What people and other services say about a recording.</summary>
public sealed class FeedbackTests(IngestFixture ingest) : IClassFixture<IngestFixture>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_label_is_kept_and_announced_with_a_growing_revision()
    {
        var id = await Archive("F-1", 1);

        var labelled = await Label(id, new { label = "anomalous", by = "ann", note = "bearing" });
        await Label(id, new { label = "anomalous", by = "bob" });
        var back = await Label(id, new { label = "verified_normal" });

        Assert.Equal("anomalous", (await IngestFixture.Json(labelled)).GetProperty("label").GetString());
        Assert.Equal("verified_normal", (await IngestFixture.Json(back)).GetProperty("label").GetString());
        var heard = await ingest.Heard<RecordingLabelled>(IngestFixture.LabelsHeard, it => it.RecordingId == id, 2);
        Assert.Equal(
            [("anomalous", 1L, "ann"), ("verified_normal", 2L, null)],
            heard.Select(it => (it.Label, it.Revision, it.LabelledBy)));
    }

    [Fact]
    public async Task A_bad_label_or_recording_is_refused()
    {
        var id = await Archive("F-2", 2);

        Assert.Equal(HttpStatusCode.BadRequest, (await Label(id, new { label = "good" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Label(id, new { by = "ann" })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Label(Guid.NewGuid(), new { label = "normal" })).StatusCode);
    }

    [Fact]
    public async Task The_verdict_of_the_newest_deployment_stays_whatever_the_order_of_arrival()
    {
        var id = await Archive("F-3", 3);
        var (second, first) = (Scored(id, 2, Verdicts.Anomalous), Scored(id, 1, Verdicts.Normal));
        var otherModel = Scored(id, 1, Verdicts.Normal) with { ModelId = "site/S001_all/pooled/conv-ae", ScoredAt = Noon.AddMinutes(-1) };

        await ingest.Publish(second, second, first, otherModel);

        // All of them are worked on in any order; a last one of another recording is no proof, so wait for the queue.
        await Eventually.Is(async () => (await Get(id)).GetProperty("verdictDeployment").GetInt64() == 2);
        await Eventually.Is(async () => await IsDrained("ingest-recording-scored"));
        var kept = await Get(id);
        Assert.Equal(("anomalous", 2), (kept.GetProperty("verdict").GetString(), kept.GetProperty("verdictVersion").GetInt32()));
        Assert.Equal(0.9, kept.GetProperty("score").GetDouble());

        await ingest.Publish(otherModel with { ScoredAt = Noon.AddHours(1) });
        await Eventually.Is(async () => (await Get(id)).GetProperty("verdictModelId").GetString() == "site/S001_all/pooled/conv-ae");
    }

    [Fact]
    public async Task A_verdict_on_a_recording_that_was_never_here_is_put_aside_at_once()
    {
        await ingest.Publish(Scored(Guid.NewGuid(), 1, Verdicts.Normal));

        IReadOnlyList<JsonElement> aside = [];
        await Eventually.Is(async () => (aside = await ingest.Vhost.Take("ingest-recording-scored_error")).Count == 1);
        var headers = aside[0].GetProperty("properties").GetProperty("headers");
        Assert.Contains("There is no recording", headers.GetProperty("MT-Fault-Message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExtractionFailures.CorruptAudio)]
    [InlineData(ExtractionFailures.UnsupportedAudio)]
    public async Task Unreadable_audio_goes_to_quarantine_with_its_reason(string reason)
    {
        var device = $"F-4-{reason[0]}";
        var id = await Archive(device, 4);
        var hash = (await Get(id)).GetProperty("sha256").GetString();
        var failed = new FeatureExtractionFailed(id, device, reason, "byte 40: data chunk is longer than the file", Noon);

        await ingest.Publish(failed, failed);

        await Eventually.Is(async () => (await Get(id)).GetProperty("state").GetString() == "quarantined");
        await Eventually.Is(async () => (await ingest.Keys($"audio/{device}/")).Count == 0);
        var recording = await Get(id);
        Assert.Equal(reason, recording.GetProperty("reason").GetString());
        Assert.Equal("byte 40: data chunk is longer than the file", recording.GetProperty("detail").GetString());
        Assert.Equal($"quarantine/{device}/{hash}.wav", recording.GetProperty("objectKey").GetString());
        Assert.Equal([$"quarantine/{device}/{hash}.wav"], await ingest.Keys($"quarantine/{device}/"));

        var again = await ingest.Upload(device, IngestFixture.Wave(4));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal("quarantined", (await IngestFixture.Json(again)).GetProperty("state").GetString());
        Assert.Empty(await ingest.Keys($"audio/{device}/"));
        await Eventually.Is(async () => await IsDrained("ingest-feature-extraction-failed"));
        Assert.DoesNotContain("ingest-feature-extraction-failed_error", (await ingest.Vhost.Queues()).Keys);
    }

    [Fact]
    public async Task Audio_that_only_a_setting_cannot_read_stays_and_shows_why_until_it_has_features()
    {
        var id = await Archive("F-5", 5);
        var key = (await Get(id)).GetProperty("objectKey").GetString();

        var failed = new FeatureExtractionFailed(id, "F-5", ExtractionFailures.UnknownSpec, "no spec 'fine'", Noon, FeatureSpec: "default");
        await ingest.Publish(failed);

        await Eventually.Is(async () => (await Get(id)).GetProperty("reason").GetString() == "unknown_spec");
        Assert.Equal("archived", (await Get(id)).GetProperty("state").GetString());
        Assert.Equal([key!], await ingest.Keys("audio/F-5/"));

        await ingest.Publish(new FeaturesExtracted(id, "F-5", "features/x.npy", "00", "11", "22", 3, Noon, "default"));
        await Eventually.Is(async () => (await Get(id)).GetProperty("reason").ValueKind == JsonValueKind.Null);

        await ingest.Publish(failed); // delivered again, and after what ended it
        await Eventually.Is(async () => await IsDrained("ingest-feature-extraction-failed"));
        Assert.Equal(JsonValueKind.Null, (await Get(id)).GetProperty("reason").ValueKind);
    }

    [Fact]
    public async Task Normal_on_what_a_model_called_anomalous_is_verified_normal_whichever_comes_first()
    {
        var after = await Archive("F-6", 60);
        await ingest.Publish(Scored(after, 1, Verdicts.Anomalous));
        await Eventually.Is(async () => (await Get(after)).GetProperty("verdict").GetString() == "anomalous");
        Assert.Equal("verified_normal", (await IngestFixture.Json(await Label(after, new { label = "normal", by = "ann" }))).GetProperty("label").GetString());

        var before = await Archive("F-6", 61);
        Assert.Equal("normal", (await IngestFixture.Json(await Label(before, new { label = "normal", by = "bob", note = "a crane" }))).GetProperty("label").GetString());
        await ingest.Publish(Scored(before, 1, Verdicts.Anomalous), Scored(before, 1, Verdicts.Anomalous));
        await Eventually.Is(async () => (await Get(before)).GetProperty("label").GetString() == "verified_normal");
        var heard = await ingest.Heard<RecordingLabelled>(IngestFixture.LabelsHeard, it => it.RecordingId == before, 2);
        Assert.Equal([("normal", 1L, "bob"), ("verified_normal", 2L, "bob")], heard.Select(it => (it.Label, it.Revision, it.LabelledBy)));

        var uploaded = (await IngestFixture.Json(await ingest.Upload("F-6", IngestFixture.Wave(62), "label=normal"))).GetProperty("id").GetGuid();
        await ingest.Publish(Scored(uploaded, 1, Verdicts.Anomalous));
        await Eventually.Is(async () => (await Get(uploaded)).GetProperty("verdict").GetString() == "anomalous");
        Assert.Equal("normal", (await Get(uploaded)).GetProperty("label").GetString()); // a folder's label is nobody's word about this recording
    }

    [Fact]
    public async Task A_label_may_depend_on_nobody_having_labelled_meanwhile_and_all_of_them_are_kept()
    {
        var id = await Archive("F-7", 70);
        Assert.Equal("\"0\"", (await ingest.Http.GetAsync($"recordings/{id}", Token)).Headers.ETag?.Tag);

        Assert.Equal(HttpStatusCode.OK, (await LabelIf(id, "\"0\"", "anomalous")).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await LabelIf(id, "\"0\"", "normal")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await LabelIf(id, "\"new\"", "normal")).StatusCode);
        var back = await LabelIf(id, "\"1\"", "normal");
        Assert.Equal((HttpStatusCode.OK, "\"2\""), (back.StatusCode, back.Headers.ETag?.Tag));

        var history = (await IngestFixture.Json(await ingest.Http.GetAsync($"recordings/{id}/labels", Token))).EnumerateArray().ToList();
        Assert.Equal(
            [(2, "normal", "ann", "heard it"), (1, "anomalous", "ann", "heard it")],
            history.Select(one => (one.GetProperty("revision").GetInt32(), one.GetProperty("label").GetString(), one.GetProperty("labelledBy").GetString(), one.GetProperty("note").GetString())));
        Assert.Equal(HttpStatusCode.NotFound, (await ingest.Http.GetAsync($"recordings/{Guid.NewGuid()}/labels", Token)).StatusCode);
    }

    [Fact]
    public async Task Which_model_has_learnt_a_false_alarm_is_kept_whatever_the_order_of_arrival()
    {
        var id = await Archive("F-8", 80);
        var absorbed = new FalseAlarmsAbsorbed("F-8", true, "device/F-8_all/conv-ae", 2, [id], Revision: 5, Noon);
        await ingest.Publish(absorbed);
        await Eventually.Is(async () => (await Get(id)).GetProperty("absorbedVersion").ValueKind == JsonValueKind.Number);
        Assert.Equal(Noon, (await Get(id)).GetProperty("absorbedAt").GetDateTimeOffset());

        await ingest.Publish(absorbed with { Absorbed = false, ModelId = null, Version = null, Revision = 9 });
        await Eventually.Is(async () => (await Get(id)).GetProperty("absorbedBy").ValueKind == JsonValueKind.Null);
        await ingest.Publish(absorbed with { Revision = 7 });
        await Eventually.Is(async () => await IsDrained("ingest-false-alarms-absorbed"));
        Assert.Equal(JsonValueKind.Null, (await Get(id)).GetProperty("absorbedAt").ValueKind);
    }

    [Fact]
    public async Task A_recording_is_found_by_the_beginning_of_its_id_and_can_be_listened_to()
    {
        var audio = IngestFixture.Wave(90);
        var id = (await IngestFixture.Json(await ingest.Upload("F-9", audio))).GetProperty("id").GetGuid();

        var found = await IngestFixture.Json(await ingest.Http.GetAsync($"recordings?prefix={id.ToString()[..30]}", Token));
        Assert.Equal(id, Assert.Single(found.EnumerateArray()).GetProperty("id").GetGuid());
        Assert.Equal(HttpStatusCode.BadRequest, (await ingest.Http.GetAsync("recordings?prefix=xyz", Token)).StatusCode);

        using var heard = await ingest.Http.GetAsync($"recordings/{id}/audio", Token);
        Assert.StartsWith("audio/", heard.Content.Headers.ContentType?.MediaType, StringComparison.Ordinal);
        Assert.Equal(audio, await heard.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal(HttpStatusCode.NotFound, (await ingest.Http.GetAsync($"recordings/{Guid.NewGuid()}/audio", Token)).StatusCode);
    }

    private async Task<HttpResponseMessage> LabelIf(Guid id, string seen, string label)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"recordings/{id}/label") { Content = JsonContent.Create(new { label, by = "ann", note = "heard it" }) };
        request.Headers.TryAddWithoutValidation("If-Match", seen);
        return await ingest.Http.SendAsync(request, Token);
    }

    private static RecordingScored Scored(Guid id, int deployment, string verdict) => new(
        id, "F", "device/F_all/conv-ae", deployment, deployment, "reconstruction", 0.9, 0.5, verdict, [], Noon, Noon);

    private async Task<Guid> Archive(string device, int seed) =>
        (await IngestFixture.Json(await ingest.Upload(device, IngestFixture.Wave(seed)))).GetProperty("id").GetGuid();

    private async Task<JsonElement> Get(Guid id) => await IngestFixture.Json(await ingest.Http.GetAsync($"recordings/{id}", Token));

    private Task<HttpResponseMessage> Label(Guid id, object label) => ingest.Http.PutAsJsonAsync($"recordings/{id}/label", label, Token);

    private async Task<bool> IsDrained(string queue)
    {
        var state = (await ingest.Vhost.Queues())[queue];
        return state.TryGetProperty("messages", out var messages) && messages.GetInt32() == 0;
    }
}
