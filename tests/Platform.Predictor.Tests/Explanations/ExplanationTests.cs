using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Platform.Predictor.Tests.Replay;
using Platform.Testing;

namespace Platform.Predictor.Tests.Explanations;

/// <summary>Where recordings deviate, through a real service process.</summary>
public sealed class ExplanationTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly string _device = RunningPredictor.NewDevice();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_version_that_scored_a_recording_explains_it_whichever_serves_by_then()
    {
        var deployed = await platform.DeployAs(SampleModel.Create(_device, seed: 1), 1, 1);
        var features = await platform.Record(_device, SampleAudio.Rattle(), Noon);
        var scored = await platform.Scored(features.RecordingId);
        var live = await platform.Get<Explained>($"recordings/{features.RecordingId}/explanation");
        using var picture = await platform.Replica.Http.GetAsync($"recordings/{features.RecordingId}/explanation.png", Token);

        await platform.DeployAs(SampleModel.Create(_device, seed: 2), 2, 2);
        await platform.DeployAs(SampleModel.Create(_device, seed: 3), 3, 3);
        var archived = await platform.Get<Explained>($"recordings/{features.RecordingId}/explanation");
        using var again = await platform.Replica.Http.GetAsync($"recordings/{features.RecordingId}/explanation.png", Token);

        Assert.Equal((scored.Score, scored.Threshold, "normal", 1), (live.Score, live.Threshold, live.Verdict, live.Version));
        Assert.Equal((4, 32, 63), (live.PatchErrors.Length, live.Bands.Length, live.Frames.Length));
        Assert.Equal(scored.Score, live.PatchErrors.Average(patch => patch.Error), 1e-6 * scored.Score);
        Assert.Equal(scored.Score, live.Bands.Average(band => band.Error), 0.02 * scored.Score); // windows share half a frame
        Assert.Equal((1.0, 1.5), (live.PatchErrors[2].FromSeconds, live.PatchErrors[2].ToSeconds));
        Assert.Equal(live.Bands, archived.Bands);
        Assert.Equal(live.Frames, archived.Frames);
        Assert.Equal("image/png", picture.Content.Headers.ContentType?.MediaType);
        var bytes = await picture.Content.ReadAsByteArrayAsync(Token);
        Assert.Equal(1_200, DecodedPng.Read(bytes).Width);
        Assert.Equal(bytes, await again.Content.ReadAsByteArrayAsync(Token));

        await platform.DeletePackage(deployed);
        await Archive.Refused(Get($"recordings/{features.RecordingId}/explanation"), HttpStatusCode.Gone, "cannot be loaded any more", deployed.PackagePrefix);
    }

    [Fact]
    public async Task Patches_that_are_gone_are_extracted_again_and_without_audio_it_says_so()
    {
        await platform.DeployAs(SampleModel.Create(_device, seed: 1), 1, 1);
        var features = await platform.Record(_device, SampleAudio.Hum(), Noon);
        var before = await platform.Get<Explained>($"recordings/{features.RecordingId}/explanation");

        await platform.Objects.Delete(features.FeatureSetKey, Token);
        var after = await platform.Get<Explained>($"recordings/{features.RecordingId}/explanation");
        await platform.Objects.Delete(Archive.AudioKey(features), Token);

        Assert.Equal(before.Bands, after.Bands);
        await Archive.Refused(Get($"recordings/{features.RecordingId}/explanation.png"), HttpStatusCode.Gone, features.FeatureSetKey, "audio");
    }

    [Fact]
    public async Task Posted_audio_is_explained_with_the_score_that_it_gets()
    {
        await platform.DeployAs(SampleModel.Create(_device, seed: 1), 1, 1);
        var score = await platform.Ask(_device, SampleAudio.Rattle());

        var explained = await Explain(SampleAudio.Rattle());
        using var picture = await Posted($"devices/{_device}/explain.png?width=900", SampleAudio.Rattle());

        Assert.Equal((score.Score, score.Threshold, score.Version), (explained.Score, explained.Threshold, explained.Version));
        Assert.Null(explained.RecordingId);
        Assert.Equal(63, explained.Frames.Length);
        Assert.Equal(900, DecodedPng.Read(await picture.Content.ReadAsByteArrayAsync(Token)).Width);
        await Archive.Refused(Posted($"devices/{_device}/explain", SampleAudio.Hum()[..30]), HttpStatusCode.BadRequest, "ends");
        await Archive.Refused(Posted($"devices/{_device}/explain.png", SampleAudio.Wav(8_000, 0.2, (_, _) => 0)), HttpStatusCode.UnprocessableEntity, "1600 samples");
        await Archive.Refused(Posted($"devices/{RunningPredictor.NewDevice()}/explain", SampleAudio.Hum()), HttpStatusCode.Conflict, "no device of that code");
    }

    [Fact]
    public async Task A_click_in_the_last_and_padded_window_is_found_where_it_is()
    {
        // Windows of 24 frames are shown to the model as 32; hops of half a window.
        var extraction = SampleAudio.Spec.Extraction with { WinSeconds = 0.75, HopSeconds = 0.384 };
        await platform.DeployAs(SampleModel.Create(_device, seed: 1, spec: SampleAudio.Spec with { Extraction = extraction }), 1, 1);
        // An untrained network answers the middle of its scale, -50 dB: a hiss of that level is what it expects.
        var wav = SampleAudio.Wav(8_000, 2, (time, random) => (random.NextDouble() - 0.5) * (Math.Abs(time - 1.8) < 0.004 ? 1.8 : 0.0031));

        var explained = await Explain(wav);

        Assert.Equal(4, explained.PatchErrors.Length);
        Assert.Equal(3 * 12 + 24, explained.Frames.Length);
        Assert.InRange(explained.WorstSeconds[0].PeakSeconds, 1.8 - 0.04, 1.8 + 0.04);
        Assert.Equal(3, explained.PatchErrors.MaxBy(patch => patch.Error)!.Patch);
    }

    [Theory]
    [InlineData("frames=0", "frames is 0")]
    [InlineData("frames=20001", "1 to 20000")]
    [InlineData("frames=many", "many")]
    public async Task A_bad_number_of_frames_is_a_bad_request(string query, string words) =>
        await Archive.Refused(Get($"recordings/{Guid.NewGuid()}/explanation?{query}"), HttpStatusCode.BadRequest, words);

    [Theory]
    [InlineData("width=639", "640 to 4000")]
    [InlineData("width=4001", "width is 4001")]
    public async Task A_bad_width_is_a_bad_request(string query, string words) =>
        await Archive.Refused(Get($"recordings/{Guid.NewGuid()}/explanation.png?{query}"), HttpStatusCode.BadRequest, words);

    private async Task<Explained> Explain(byte[] wav)
    {
        using var response = await Posted($"devices/{_device}/explain", wav);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<Explained>(Token))!;
    }

    private async Task<HttpResponseMessage> Posted(string path, byte[] wav)
    {
        using var content = new ByteArrayContent(wav) { Headers = { ContentType = new MediaTypeHeaderValue("audio/wav") } };
        return await platform.Replica.Http.PostAsync(path, content, Token);
    }

    private Task<HttpResponseMessage> Get(string path) => platform.Replica.Http.GetAsync(path, Token);

    private sealed record Explained(
        Guid? RecordingId, int Version, double Score, double Threshold, string Verdict, PatchOf[] PatchErrors, Band[] Bands, Frame[] Frames, Seconds[] WorstSeconds);

    private sealed record PatchOf(int Patch, double FromSeconds, double ToSeconds, double Error);

    private sealed record Band( double FromHz, double CentreHz, double ToHz, double Error, double Decibels);

    private sealed record Frame(double FromSeconds, double ToSeconds, double? Error);

    private sealed record Seconds(double FromSeconds, double ToSeconds, double PeakSeconds);
}
