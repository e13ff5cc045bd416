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
        Assert.Equal((posted.Threshold, posted.Verdict, posted.Version, posted.Deployment), (scored.Threshold, scored.Verdict, scored.Version, scored.Deployment));
        Assert.Equal(4, posted.Patches);
        var row = Assert.Single(await platform.Predictions(_device));
        Assert.Equal((features.RecordingId, scored.Score, "normal"), (row.RecordingId, row.Score, row.Verdict));
    }

    [Fact]
    public async Task A_redelivered_recording_is_announced_again_in_the_same_words_and_not_scored_again()
    {
        var model = SampleModel.Create(_device, seed: 1, threshold: 1e-9);
        await platform.Deploy(model, 1);
        var features = await platform.StoreFeatures(SampleAudio.Hum(), _device, Noon);
        await platform.Bus.Publish(features);
        await platform.Scored(features.RecordingId);

        // Another version is live by the time of the second delivery; it has no say in what was scored.
        await platform.Bus.Publish(await SampleModel.Create(_device, seed: 2).Publish(platform.Objects, 2, 2));
        await platform.Loaded(model.Id, 2);
        await platform.Bus.Publish(features);

        await Eventually.Is(() => HeardScores().Count == 2, Patience);
        var (first, second) = (HeardScores()[0], HeardScores()[1]);
        Assert.Equal(first with { Detectors = second.Detectors }, second);
        Assert.Equal(first.Detectors, second.Detectors);
        await Eventually.Is(() => HeardAnomalies().Count == 2, Patience);
        Assert.Equal(HeardAnomalies()[0], HeardAnomalies()[1]);
        Assert.Single(await platform.Predictions(_device));
        Assert.Equal(1, Assert.Single(await Alarms()).Recordings);
    }

    [Fact]
    public async Task A_faulty_recording_opens_an_alarm_the_next_continues_it_and_a_normal_one_closes_it()
    {
        await platform.Deploy(SampleModel.Telling(_device, seed: 1, SampleAudio.Hum(), SampleAudio.Rattle()), 1);

        var normal = await Score(SampleAudio.Hum(1), Noon);
        var opening = await Score(SampleAudio.Rattle(1), Noon.AddMinutes(1));
        Assert.True(Assert.Single(await Alarms("&open=true")).Open);
        var continuing = await Score(SampleAudio.Rattle(2), Noon.AddMinutes(2));
        var late = await Score(SampleAudio.Hum(2), Noon.AddSeconds(90));
        var closing = await Score(SampleAudio.Hum(3), Noon.AddMinutes(3));

        await Eventually.Is(() => HeardClearances().Count == 1, Patience);
        var detected = HeardAnomalies();
        var cleared = Assert.Single(HeardClearances());
        Assert.Equal([(opening.RecordingId, true), (continuing.RecordingId, false)], detected.Select(one => (one.RecordingId, one.Opened)));
        Assert.Single(detected.Select(one => one.AlarmId).Append(cleared.AlarmId).Distinct());
        Assert.Equal(closing.RecordingId, cleared.RecordingId);

        var alarm = Assert.Single(await Alarms());
        Assert.Equal((false, 2, Noon.AddMinutes(1), (Guid?)closing.RecordingId), (alarm.Open, alarm.Recordings, alarm.OpenedAt, alarm.ClosedBy));
        Assert.Empty(await Alarms("&open=true"));
        Assert.Equal(
            [closing.RecordingId, continuing.RecordingId, late.RecordingId, opening.RecordingId, normal.RecordingId],
            (await platform.Predictions(_device)).Select(row => row.RecordingId));
        Assert.Equal("late", (await platform.Predictions(_device)).Single(row => row.RecordingId == late.RecordingId).AlarmChange);
    }

    [Fact]
    public async Task Recordings_that_came_before_the_first_model_are_scored_when_it_goes_live_and_old_ones_open_no_alarm()
    {
        // More than one batch of them, all of which the model finds anomalous.
        var features = new List<FeaturesExtracted>();
        for (var i = 0; i < 40; i++)
            features.Add(await platform.StoreFeatures(SampleAudio.Hum(i), _device, Noon.AddMinutes(i)));
        foreach (var one in features)
            await platform.Bus.Publish(one);
        await Eventually.Is(async () => (await platform.Unscored(_device)).Count(reason => reason == "no_model") == 40, Patience);

        await platform.Deploy(SampleModel.Create(_device, seed: 1, threshold: 1e-9), 1, deployedAt: Noon.AddMinutes(38.5));

        await Eventually.Is(() => HeardScores().Count >= 40, Patience);
        await Eventually.Is(async () => (await platform.Unscored(_device)).Length == 0, Patience);
        Assert.Equal(
            features.Select(one => one.RecordingId).Order(),
            HeardScores().Select(scored => scored.RecordingId).Order());
        Assert.All(HeardScores(), scored => Assert.Equal("anomalous", scored.Verdict));
        Assert.Equal(features[39].RecordingId, Assert.Single(HeardAnomalies()).RecordingId);
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
            async () => (failed += (await platform.Vhost.Take("predictor-features-extracted_error")).Count) == 3, Patience, "three are given up at once");
        Assert.Empty(await platform.Rows<Guid>("SELECT recording_id FROM predictor.score WHERE device = @_device", new { _device }));
    }

    private async Task<FeaturesExtracted> Score(byte[] wav, DateTimeOffset recordedAt)
    {
        var features = await platform.StoreFeatures(wav, _device, recordedAt);
        await platform.Bus.Publish(features);
        await platform.Scored(features.RecordingId);
        return features;
    }

    private IReadOnlyList<RecordingScored> HeardScores() => [.. platform.Bus.Heard<RecordingScored>().Where(one => one.Device == _device)];

    private IReadOnlyList<AnomalyDetected> HeardAnomalies() => [.. platform.Bus.Heard<AnomalyDetected>().Where(one => one.Device == _device)];

    private IReadOnlyList<AnomalyCleared> HeardClearances() => [.. platform.Bus.Heard<AnomalyCleared>().Where(one => one.Device == _device)];

    private Task<AlarmRow[]> Alarms(string open = "") => platform.Get<AlarmRow[]>($"alarms?device={_device}{open}");
}
