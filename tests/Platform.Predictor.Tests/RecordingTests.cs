using Platform.Contracts;
using Platform.Dsp;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>From extracted features to score and alarm, through a real service process.</summary>
public sealed class RecordingTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private RunningPredictor _platform = null!;

    public async ValueTask InitializeAsync() => _platform = await RunningPredictor.Start();

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task A_recording_is_scored_as_posting_its_audio_would_be()
    {
        var model = SampleModel.Create("LT-2", seed: 1);
        await Deploy(model, 1);

        var features = await _platform.Store(SampleAudio.Rattle(), "LT-2", Noon);
        await _platform.Bus.Publish(features);
        var scored = await Scored(features.RecordingId);
        var posted = await _platform.Scored("LT-2", SampleAudio.Rattle());

        Assert.Equal(posted.Score, scored.Score, 1e-5 * posted.Score);
        Assert.Equal(model.Score(SampleAudio.Rattle()), scored.Score, 1e-5 * posted.Score);
        Assert.Equal((posted.Threshold, posted.Verdict, posted.Version, posted.Deployment), (scored.Threshold, scored.Verdict, scored.Version, scored.Deployment));
        Assert.Equal(4, posted.Patches);
        var row = Assert.Single(await _platform.Predictions("LT-2"));
        Assert.Equal((features.RecordingId, scored.Score, "normal"), (row.RecordingId, row.Score, row.Verdict));
    }

    [Fact]
    public async Task A_redelivered_recording_is_announced_again_in_the_same_words_and_not_scored_again()
    {
        var model = SampleModel.Create("LT-2", seed: 1, threshold: 1e-9);
        await Deploy(model, 1);
        var features = await _platform.Store(SampleAudio.Hum(), "LT-2", Noon);
        await _platform.Bus.Publish(features);
        await Scored(features.RecordingId);

        // Another version is live by the time of the second delivery; it has no say in what was scored.
        await _platform.Bus.Publish(await SampleModel.Create("LT-2", seed: 2).Publish(_platform.Objects, 2, 2));
        await _platform.Loaded(2);
        await _platform.Bus.Publish(features);

        await Eventually.Is(() => Task.FromResult(_platform.Bus.Heard<RecordingScored>().Count == 2), Patience);
        var (first, second) = (_platform.Bus.Heard<RecordingScored>()[0], _platform.Bus.Heard<RecordingScored>()[1]);
        Assert.Equal(first with { Detectors = second.Detectors }, second);
        Assert.Equal(first.Detectors, second.Detectors);
        await Eventually.Is(() => Task.FromResult(_platform.Bus.Heard<AnomalyDetected>().Count == 2), Patience);
        Assert.Equal(_platform.Bus.Heard<AnomalyDetected>()[0], _platform.Bus.Heard<AnomalyDetected>()[1]);
        Assert.Single(await _platform.Predictions("LT-2"));
        Assert.Equal(1, Assert.Single(await _platform.Alarms("LT-2")).Recordings);
    }

    [Fact]
    public async Task A_faulty_recording_opens_an_alarm_the_next_continues_it_and_a_normal_one_closes_it()
    {
        await Deploy(SampleModel.Telling("LT-2", seed: 1, SampleAudio.Hum(), SampleAudio.Rattle()), 1);

        var normal = await Score(SampleAudio.Hum(1), Noon);
        var opening = await Score(SampleAudio.Rattle(1), Noon.AddMinutes(1));
        Assert.True(Assert.Single(await _platform.Alarms("LT-2", open: true)).Open);
        var continuing = await Score(SampleAudio.Rattle(2), Noon.AddMinutes(2));
        var late = await Score(SampleAudio.Hum(2), Noon.AddSeconds(90));
        var closing = await Score(SampleAudio.Hum(3), Noon.AddMinutes(3));

        await Eventually.Is(() => Task.FromResult(_platform.Bus.Heard<AnomalyCleared>().Count == 1), Patience);
        var detected = _platform.Bus.Heard<AnomalyDetected>();
        var cleared = Assert.Single(_platform.Bus.Heard<AnomalyCleared>());
        Assert.Equal([(opening.RecordingId, true), (continuing.RecordingId, false)], detected.Select(one => (one.RecordingId, one.Opened)));
        Assert.Single(detected.Select(one => one.AlarmId).Append(cleared.AlarmId).Distinct());
        Assert.Equal(closing.RecordingId, cleared.RecordingId);

        var alarm = Assert.Single(await _platform.Alarms("LT-2"));
        Assert.Equal((false, 2, Noon.AddMinutes(1), (Guid?)closing.RecordingId), (alarm.Open, alarm.Recordings, alarm.OpenedAt, alarm.ClosedBy));
        Assert.Empty(await _platform.Alarms("LT-2", open: true));
        Assert.Equal(
            [closing.RecordingId, continuing.RecordingId, late.RecordingId, opening.RecordingId, normal.RecordingId],
            (await _platform.Predictions("LT-2")).Select(row => row.RecordingId));
        Assert.Equal("late", (await _platform.Predictions("LT-2")).Single(row => row.RecordingId == late.RecordingId).AlarmChange);
    }

    [Fact]
    public async Task Recordings_that_came_before_the_first_model_are_scored_when_it_goes_live_and_old_ones_open_no_alarm()
    {
        // More than one batch of them, all of which the model finds anomalous.
        var features = new List<FeaturesExtracted>();
        for (var i = 0; i < 40; i++)
            features.Add(await _platform.Store(SampleAudio.Hum(i), "LT-2", Noon.AddMinutes(i)));
        foreach (var one in features)
            await _platform.Bus.Publish(one);
        await Eventually.Is(async () => await _platform.Unscored("LT-2", "no_model") == 40, Patience);

        await Deploy(SampleModel.Create("LT-2", seed: 1, threshold: 1e-9), 1, deployedAt: Noon.AddMinutes(38.5));

        await Eventually.Is(() => Task.FromResult(_platform.Bus.Heard<RecordingScored>().Count >= 40), Patience);
        await Eventually.Is(async () => await _platform.Unscored("LT-2", "no_model") == 0, Patience);
        Assert.Equal(
            features.Select(one => one.RecordingId).Order(),
            _platform.Bus.Heard<RecordingScored>().Select(scored => scored.RecordingId).Order());
        Assert.All(_platform.Bus.Heard<RecordingScored>(), scored => Assert.Equal("anomalous", scored.Verdict));
        Assert.Equal(features[39].RecordingId, Assert.Single(_platform.Bus.Heard<AnomalyDetected>()).RecordingId);
    }

    [Fact]
    public async Task Patches_of_another_extraction_wait_until_a_model_of_it_is_live()
    {
        var otherSpec = SampleAudio.Spec with { Extraction = SampleAudio.Spec.Extraction with { NMels = 40 } };
        await Deploy(SampleModel.Create("LT-2", seed: 1), 1);

        var features = await _platform.Store(SampleAudio.Hum(), "LT-2", Noon, otherSpec);
        await _platform.Bus.Publish(features);
        await Eventually.Is(async () => await _platform.Unscored("LT-2", "other_extraction") == 1, Patience);
        Assert.Empty(_platform.Bus.Heard<RecordingScored>());

        await _platform.Bus.Publish(await SampleModel.Create("LT-2", seed: 2, spec: otherSpec).Publish(_platform.Objects, 2, 2));

        Assert.Equal(2, (await Scored(features.RecordingId)).Version);
        await Eventually.Is(async () => await _platform.Unscored("LT-2", "other_extraction") == 0, Patience);
    }

    [Fact]
    public async Task Patches_that_are_not_what_was_announced_are_never_scored()
    {
        await Deploy(SampleModel.Create("LT-2", seed: 1), 1);
        var features = await _platform.Store(SampleAudio.Hum(), "LT-2", Noon);

        await _platform.Bus.Publish(features with { FeatureSetSha256 = new string('0', 64) });
        await _platform.Bus.Publish(features with { RecordingId = Guid.NewGuid(), PatchCount = 3 });
        await _platform.Bus.Publish(features with { RecordingId = Guid.NewGuid(), FeatureSetKey = "features/none.npy" });

        await Eventually.Is(async () => await _platform.MessagesIn("predictor-features-extracted_error") == 3, Patience);
        Assert.Empty(await _platform.Predictions("LT-2", mayBeUnknown: true));
    }

    private async Task Deploy(SampleModel model, int version, DateTimeOffset? deployedAt = null)
    {
        await _platform.Bus.Publish(await model.Publish(_platform.Objects, version, version, deployedAt));
        await _platform.Loaded(version);
    }

    private async Task<FeaturesExtracted> Score(byte[] wav, DateTimeOffset recordedAt)
    {
        var features = await _platform.Store(wav, "LT-2", recordedAt);
        await _platform.Bus.Publish(features);
        await Scored(features.RecordingId);
        return features;
    }

    private async Task<RecordingScored> Scored(Guid recordingId)
    {
        await Eventually.Is(() => Task.FromResult(Found() is not null), Patience);
        return Found()!;

        RecordingScored? Found() => _platform.Bus.Heard<RecordingScored>().FirstOrDefault(scored => scored.RecordingId == recordingId);
    }
}
