using Platform.Contracts;
using Platform.Dsp;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>From extracted features to score and alarm, through a real service process.</summary>
public sealed class RecordingTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _device = RunningPredictor.NewDevice();

    [Fact]
    public async Task A_recording_is_scored_as_posting_its_audio_would_be()
    {
        var model = SampleModel.Create(_device, seed: 1);
        await platform.Deploy(model, 1);

        var features = await platform.StoreFeatures(SampleAudio.Rattle(), _device, Noon);
        await platform.Bus.Publish(features);
        var scored = await platform.Scored(features.RecordingId);
        var posted = await platform.Ask(_device, SampleAudio.Rattle());

        Assert.Equal(posted.Score, scored.Score, 1e-5 * posted.Score);
        Assert.Equal(model.Score(SampleAudio.Rattle()), scored.Score, 1e-5 * posted.Score);
        Assert.Equal(
            (posted.Threshold, posted.Verdict, posted.Version, posted.Deployment),
            (scored.Threshold, scored.Verdict, scored.Version, scored.Deployment));
        Assert.Equal(4, posted.Patches);
        var row = Assert.Single(await platform.Predictions(_device));
        Assert.Equal((features.RecordingId, scored.Score, "normal"), (row.RecordingId, row.Score, row.Verdict));
    }

    [Fact]
    public async Task A_redelivered_recording_is_announced_again_in_the_same_words_and_not_scored_again()
    {
        var model = SampleModel.Create(_device, seed: 1, threshold: 1e-9);
        await platform.Deploy(model, 1);
        await Score(SampleAudio.Hum(1), Noon.AddHours(-1)); // one of two
        var features = await platform.StoreFeatures(SampleAudio.Hum(), _device, Noon);
        await platform.Bus.Publish(features);
        await platform.Scored(features.RecordingId);

        // Another version is live by the time of the second delivery; it has no say in what was scored.
        await platform.Bus.Publish(await SampleModel.Create(_device, seed: 2).Publish(platform.Objects, 2, 2));
        await platform.Loaded(model.Id, 2);
        await platform.Bus.Publish(features);

        await Eventually.Is(() => ScoresOf(features).Count == 2, Patience);
        var (first, second) = (ScoresOf(features)[0], ScoresOf(features)[1]);
        Assert.Equal(first with { Detectors = second.Detectors }, second);
        Assert.Equal(first.Detectors, second.Detectors);
        await Eventually.Is(() => HeardAnomalies().Count == 2, Patience);
        Assert.Equal(HeardAnomalies()[0], HeardAnomalies()[1]);
        Assert.Equal(2, (await platform.Predictions(_device)).Length);
        Assert.Equal(2, Assert.Single(await Alarms()).Recordings);
    }

    [Fact]
    public async Task Recordings_that_came_before_the_first_model_are_scored_when_it_goes_live_and_old_ones_open_no_alarm()
    {
        // More than one batch of them, all of which the model finds anomalous.
        var features = new List<FeaturesExtracted>();
        for (var i = 0; i < 41; i++)
            features.Add(await platform.StoreFeatures(SampleAudio.Hum(i), _device, Noon.AddMinutes(i)));
        foreach (var one in features)
            await platform.Bus.Publish(one);
        await Eventually.Is(async () => (await platform.Unscored(_device)).Count(reason => reason == "no_model") == 41, Patience);

        await platform.Deploy(SampleModel.Create(_device, seed: 1, threshold: 1e-9), 1, deployedAt: Noon.AddMinutes(38.5));

        await Eventually.Is(() => HeardScores().Count >= 41, Patience);
        await Eventually.Is(async () => (await platform.Unscored(_device)).Length == 0, Patience);
        Assert.Equal(
            features.Select(one => one.RecordingId).Order(),
            HeardScores().Select(scored => scored.RecordingId).Order());
        Assert.All(HeardScores(), scored => Assert.Equal("anomalous", scored.Verdict));
        Assert.Equal(features[40].RecordingId, Assert.Single(HeardAnomalies()).RecordingId); // the second one that was made after the deployment
    }

    [Fact]
    public async Task Patches_of_another_extraction_wait_until_a_model_of_it_is_live()
    {
        var otherSpec = SampleAudio.Spec with { Extraction = SampleAudio.Spec.Extraction with { NMels = 40 } };
        await platform.Deploy(SampleModel.Create(_device, seed: 1), 1);

        var features = await platform.StoreFeatures(SampleAudio.Hum(), _device, Noon, otherSpec);
        await platform.Bus.Publish(features);
        await Eventually.Is(async () => await platform.Unscored(_device) is ["other_extraction"], Patience);
        Assert.Empty(HeardScores());

        await platform.Bus.Publish(await SampleModel.Create(_device, seed: 2, spec: otherSpec).Publish(platform.Objects, 2, 2));

        Assert.Equal(2, (await platform.Scored(features.RecordingId)).Version);
        await Eventually.Is(async () => (await platform.Unscored(_device)).Length == 0, Patience);
    }

    [Fact]
    public async Task Patches_that_are_not_what_was_announced_are_never_scored()
    {
        await platform.Deploy(SampleModel.Create(_device, seed: 1), 1);
        var features = await platform.StoreFeatures(SampleAudio.Hum(), _device, Noon);

        await platform.Bus.Publish(features with { FeatureSetSha256 = new string('0', 64) });
        await platform.Bus.Publish(features with { RecordingId = Guid.NewGuid(), PatchCount = 3 });
        await platform.Bus.Publish(features with { RecordingId = Guid.NewGuid(), FeatureSetKey = "features/none.npy" });

        var failed = 0;
        await Eventually.Is(
            async () => (failed += (await platform.Vhost.Take("predictor-features-extracted_error")).Count) == 3,
            Patience,
            "three are given up at once");
        Assert.Empty(await platform.Rows<Guid>("SELECT recording_id FROM predictor.score WHERE device = @_device", new { _device }));
    }

    private async Task<FeaturesExtracted> Score(byte[] wav, DateTimeOffset recordedAt)
    {
        var features = await platform.StoreFeatures(wav, _device, recordedAt);
        await platform.Bus.Publish(features);
        await platform.Scored(features.RecordingId);
        return features;
    }

    private List<RecordingScored> ScoresOf(FeaturesExtracted features) => [.. HeardScores().Where(one => one.RecordingId == features.RecordingId)];

    private IReadOnlyList<RecordingScored> HeardScores() => [.. platform.Bus.Heard<RecordingScored>().Where(one => one.Device == _device)];

    private IReadOnlyList<AnomalyDetected> HeardAnomalies() => [.. platform.Bus.Heard<AnomalyDetected>().Where(one => one.Device == _device)];

    private Task<AlarmRow[]> Alarms() => platform.Get<AlarmRow[]>($"alarms?device={_device}");
}
