using System.Net;
using System.Net.Http.Json;
using System.Text;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>What <c>POST /devices/{device}/score</c> says to bad questions, and that it says it in problem details.</summary>
public sealed class ScoreAudioTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    private readonly string _device = RunningPredictor.NewDevice();

    [Fact]
    public async Task A_device_without_a_model_is_told_what_is_missing()
    {
        await Refused(await platform.Post(_device, SampleAudio.Hum()), HttpStatusCode.Conflict, "no device of that code");

        await platform.Bus.Publish(new DeviceChanged(_device, "S001", "pump", "UTC", "default", 1, DateTimeOffset.UtcNow));
        await Eventually.Is(async () => (await platform.Predictions(_device)).Length == 0);

        await Refused(await platform.Post(_device, SampleAudio.Hum()), HttpStatusCode.Conflict, "train one");
        using var model = await platform.Replica.Http.GetAsync($"devices/{_device}/model", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, model.StatusCode);
    }

    [Fact]
    public async Task Each_kind_of_bad_audio_is_refused_with_its_own_status_and_reason()
    {
        await platform.Deploy(SampleModel.Create(_device, seed: 1), 1);
        var hum = SampleAudio.Hum();

        await Refused(await platform.Post(_device, hum, "text/plain"), HttpStatusCode.UnsupportedMediaType, "audio/wav");
        await Refused(await platform.Post(_device, Encoding.ASCII.GetBytes("this is no audio")), HttpStatusCode.UnprocessableEntity, "begins no format");
        await Refused(await platform.Post(_device, hum[..30]), HttpStatusCode.BadRequest, "ends");
        await Refused(await platform.Post(_device, []), HttpStatusCode.BadRequest, "ends");
        await Refused(
            await platform.Post(_device, SampleAudio.Wav(8_000, 0.2, (_, _) => 0)), HttpStatusCode.UnprocessableEntity, "1600 samples");
        await Refused(await platform.Post(_device, new byte[2 * 1024 * 1024]), HttpStatusCode.RequestEntityTooLarge, "large");

        Assert.Equal("normal", (await platform.Ask(_device, hum)).Verdict);
    }

    [Fact]
    public async Task Silence_is_scored_like_anything_else()
    {
        await platform.Deploy(SampleModel.Create(_device, seed: 1), 1);

        var answer = await platform.Ask(_device, SampleAudio.Wav(8_000, 1, (_, _) => 0));

        Assert.True(double.IsFinite(answer.Score));
        Assert.Equal(2, answer.Patches);
    }

    [Theory]
    [InlineData("alarms?limit=0")]
    [InlineData("alarms?limit=1001")]
    [InlineData("alarms?open=perhaps")]
    [InlineData("devices/LT-2/predictions?limit=-1")]
    [InlineData("devices/LT-2/predictions?after=yesterday")]
    public async Task A_bad_query_is_a_bad_request(string path)
    {
        using var response = await platform.Replica.Http.GetAsync(path, TestContext.Current.CancellationToken);

        await Refused(response, HttpStatusCode.BadRequest, path.Split('?', '=')[1]);
    }

    [Fact]
    public async Task Predictions_come_in_pages()
    {
        await platform.Deploy(SampleModel.Create(_device, seed: 1), 1);
        var recordings = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            var features = await platform.StoreFeatures(SampleAudio.Hum(), _device, DateTimeOffset.UnixEpoch.AddHours(i));
            await platform.Bus.Publish(features);
            recordings.Insert(0, features.RecordingId);
        }

        await Eventually.Is(async () => (await platform.Predictions(_device)).Length == 5);
        var first = await platform.Get<PredictionRow[]>($"devices/{_device}/predictions?limit=2");
        var second = await platform.Get<PredictionRow[]>($"devices/{_device}/predictions?limit=3&after={first[^1].RecordingId}");

        Assert.Equal(recordings, first.Concat(second).Select(row => row.RecordingId));
        Assert.Empty(await platform.Get<PredictionRow[]>($"devices/{_device}/predictions?after={second[^1].RecordingId}"));
    }

    private static async Task Refused(HttpResponseMessage response, HttpStatusCode status, string detail)
    {
        var problem = await response.Content.ReadFromJsonAsync<Problem>(TestContext.Current.CancellationToken);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(detail, problem!.Detail, StringComparison.Ordinal);
        response.Dispose();
    }

    private sealed record Problem(int Status, string Detail);
}
