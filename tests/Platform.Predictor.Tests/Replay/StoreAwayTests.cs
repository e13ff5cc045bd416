using System.Net;
using Platform.Testing;

namespace Platform.Predictor.Tests.Replay;

/// <summary>A store that is away is no reason to say that recordings or models are gone.</summary>
public sealed class StoreAwayTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    [Fact]
    public async Task Without_its_store_a_replica_says_that_it_is_away_and_explains_what_it_can()
    {
        var device = RunningPredictor.NewDevice();
        await platform.DeployAs(SampleModel.Create(device, seed: 1), 1, 1);
        var features = await platform.Record(device, SampleAudio.Hum(), DateTimeOffset.UnixEpoch.AddDays(20_000));
        await platform.DeployAs(SampleModel.Create(device, seed: 2), 2, 2);
        await platform.DeployAs(SampleModel.Create(device, seed: 3), 3, 3);

        await platform.WithoutStore(async () =>
        {
            await Archive.Refused(Post($"recordings/{features.RecordingId}/replay"), HttpStatusCode.ServiceUnavailable, "store");
            await Archive.Refused(Get($"recordings/{features.RecordingId}/explanation"), HttpStatusCode.ServiceUnavailable, "store");
            Assert.Equal("normal", (await platform.Ask(device, SampleAudio.Hum())).Verdict);
        });

        await Eventually.Is(async () => (await platform.Post<Replayed>($"recordings/{features.RecordingId}/replay")).Same);
    }

    private Task<HttpResponseMessage> Post(string path) => platform.Replica.Http.PostAsync(path, null, TestContext.Current.CancellationToken);

    private Task<HttpResponseMessage> Get(string path) => platform.Replica.Http.GetAsync(path, TestContext.Current.CancellationToken);
}
