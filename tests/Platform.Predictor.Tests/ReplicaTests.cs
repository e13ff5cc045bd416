using Platform.Contracts;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>Two replicas share the work and never contradict each other.</summary>
public sealed class ReplicaTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Every_recording_is_scored_once_and_one_alarm_is_opened_however_replicas_race()
    {
        var device = RunningPredictor.NewDevice();
        await platform.AddReplica();
        var model = SampleModel.Create(device, seed: 1, threshold: 1e-9);
        await platform.Bus.Publish(await model.Publish(platform.Objects, 1, 1));
        await Eventually.Is(
            () => platform.Bus.Heard<ModelLoaded>().Where(one => one.ModelId == model.Id).Select(one => one.Replica).Distinct().Count() == 2,
            TimeSpan.FromSeconds(30));

        // All of one instant, so none is late, and each announced three times.
        const int recordings = 30;
        var features = new List<FeaturesExtracted>();
        for (var i = 0; i < recordings; i++)
            features.Add(await platform.StoreFeatures(SampleAudio.Hum(i), device, Noon));
        await Task.WhenAll(features.SelectMany(one => Enumerable.Repeat(one, 3)).Select(one => platform.Bus.Publish(one)));

        await Eventually.Is(() => Scores().Count() == 3 * recordings, TimeSpan.FromSeconds(60));
        await Eventually.Is(() => Anomalies().Count() == 3 * (recordings - 1)); // the first of two opens nothing
        Assert.All(Scores().GroupBy(scored => scored.RecordingId), same => Assert.Single(same.Select(one => (one.Score, one.ScoredAt)).Distinct()));
        Assert.All(Anomalies().GroupBy(one => one.RecordingId), same => Assert.Single(same.Distinct()));
        Assert.Single(Anomalies().Where(one => one.Opened).Select(one => one.RecordingId).Distinct());
        Assert.Equal(recordings, (await platform.Predictions(device)).Length);
        Assert.Equal(recordings, Assert.Single(await platform.Get<AlarmRow[]>($"alarms?device={device}")).Recordings);

        IEnumerable<RecordingScored> Scores() => platform.Bus.Heard<RecordingScored>().Where(one => one.Device == device);
        IEnumerable<AnomalyDetected> Anomalies() => platform.Bus.Heard<AnomalyDetected>().Where(one => one.Device == device);
    }
}
