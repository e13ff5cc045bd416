using System.Text.Json;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>What people's labels do to alarms and to the band of their model.</summary>
public sealed class LabelTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _device = RunningPredictor.NewDevice();
    private int _minutes;

    [Fact]
    public async Task An_alarm_of_which_all_is_labelled_normal_is_closed_as_a_false_one()
    {
        await Anxious();
        var (first, second) = (await Score(), await Score());
        var alarm = await Alarm();

        await Label(first, Labels.VerifiedNormal);
        await Eventually.Is(async () => (await Labelled(first)) == 1, Patience);
        Assert.True((await Alarm()).Open);
        await Label(second, Labels.VerifiedNormal);
        await Label(second, Labels.VerifiedNormal); // delivered twice

        await Eventually.Is(async () => !(await Alarm()).Open, Patience);
        Assert.Equal(("labels", "false_alarm", "ann"), ((await Alarm()).CloseReason, (await Alarm()).Outcome, (await Alarm()).ClosedByPerson));
        await Eventually.Is(() => Cleared(alarm.Id).Count == 1, Patience);
        Assert.Equal((second, AlarmEnds.Labels, "ann"), (Cleared(alarm.Id)[0].RecordingId, Cleared(alarm.Id)[0].Reason, Cleared(alarm.Id)[0].ClearedBy));

        await Label(first, Labels.Anomalous, revision: 2);
        await Label(first, Labels.VerifiedNormal); // an older word that comes late
        await Eventually.Is(async () => (await Alarm()).Outcome == "confirmed", Patience);
        Assert.False((await Alarm()).Open); // people see to it already
        Assert.Single(Cleared(alarm.Id));
    }

    [Fact]
    public async Task A_recording_that_was_labelled_before_its_score_is_no_reason_for_an_alarm()
    {
        await Anxious();
        await Score();
        var features = await platform.StoreFeatures(SampleAudio.Hum(5), _device, Noon.AddMinutes(_minutes++));
        await Label(features.RecordingId, Labels.Normal);
        await Eventually.Is(async () => await Labelled(features.RecordingId) == 1, Patience);

        await platform.Bus.Publish(features);
        await platform.Scored(features.RecordingId);

        Assert.Empty(await platform.Get<AlarmRow[]>($"alarms?device={_device}"));
        await Score();
        Assert.Equal(2, (await Alarm()).Recordings); // the two that nobody spoke for
    }

    [Fact]
    public async Task A_label_after_the_score_takes_a_recording_away_from_the_evidence()
    {
        await Anxious();
        var first = await Score();
        await Label(first, Labels.VerifiedNormal);
        await Eventually.Is(async () => await Labelled(first) == 1, Patience);

        await Score();

        Assert.Empty(await platform.Get<AlarmRow[]>($"alarms?device={_device}"));
    }

    [Fact]
    public async Task Too_many_false_alarms_put_a_model_out_of_its_band_once_per_deployment()
    {
        var model = await Anxious();
        for (var i = 0; i < 5; i++)
            await Label(await Score(), Labels.VerifiedNormal);
        await Eventually.Is(() => Left().Count == 1, Patience);
        var left = Left()[0];
        Assert.Equal((model.Id, 1, 1L, 0.05), (left.ModelId, left.Version, left.Deployment, left.Baseline));
        Assert.True(left.Current > left.High && left.High > left.Baseline, left.ToString());

        await platform.Bus.Publish(await SampleModel.Create(_device, seed: 1, threshold: 1e-9).Anew().Publish(platform.Objects, 2, 2));
        await platform.Loaded(model.Id, 2);
        for (var i = 0; i < 3; i++)
            await Label(await Score(), Labels.VerifiedNormal);

        await Eventually.Is(() => Left().Count == 2, Patience);
        Assert.Equal(2, Left()[1].Deployment);

        IReadOnlyList<ChampionLeftBand> Left() => [.. platform.Bus.Heard<ChampionLeftBand>().Where(one => one.Device == _device && one.Measure == BandMeasures.FalseAlarms)];
    }

    [Fact]
    public async Task Which_false_alarms_a_model_has_learnt_is_shown_until_it_has_no_more()
    {
        var model = await Anxious();
        var (first, _) = (await Score(), await Score());
        await Label(first, Labels.VerifiedNormal);

        await platform.Bus.Publish(new FalseAlarmsAbsorbed(_device, true, model.Id, 2, [first], Revision: 7, DateTimeOffset.UtcNow));
        await Eventually.Is(async () => (await Absorbed()) is { ValueKind: JsonValueKind.Object } absorbed && absorbed.GetProperty("version").GetInt32() == 2, Patience);

        await platform.Bus.Publish(new FalseAlarmsAbsorbed(_device, false, null, null, [first], Revision: 9, DateTimeOffset.UtcNow));
        await Eventually.Is(async () => (await Absorbed()).ValueKind == JsonValueKind.Null, Patience);
        await platform.Bus.Publish(new FalseAlarmsAbsorbed(_device, true, model.Id, 2, [first], Revision: 8, DateTimeOffset.UtcNow));
        await Eventually.Is(async () => (await platform.Vhost.Queues())["predictor-false-alarms-absorbed"].TryGetProperty("messages", out var left) && left.GetInt32() == 0, Patience);
        Assert.Equal(JsonValueKind.Null, (await Absorbed()).ValueKind);

        async Task<JsonElement> Absorbed() => (await platform.Get<JsonElement>($"alarms/{(await Alarm()).Id}")).GetProperty("scores").EnumerateArray()
            .Single(score => score.GetProperty("recordingId").GetGuid() == first).GetProperty("absorbed");
    }

    /// <summary>Deploys a model to which everything is anomalous.</summary>
    private async Task<SampleModel> Anxious()
    {
        var model = SampleModel.Create(_device, seed: 1, threshold: 1e-9);
        await platform.Deploy(model, 1);
        return model;
    }

    private Task<Guid> Score() => platform.Score(SampleAudio.Hum(_minutes), _device, Noon.AddMinutes(_minutes++));

    private async Task<AlarmRow> Alarm() => Assert.Single(await platform.Get<AlarmRow[]>($"alarms?device={_device}"));

    private IReadOnlyList<AnomalyCleared> Cleared(Guid alarm) => [.. platform.Bus.Heard<AnomalyCleared>().Where(one => one.AlarmId == alarm)];

    private Task Label(Guid recording, string label, long revision = 1) =>
        platform.Bus.Publish(new RecordingLabelled(recording, _device, label, revision, "ann", DateTimeOffset.UtcNow));

    private async Task<int> Labelled(Guid recording) =>
        (await platform.Rows<Guid>("SELECT recording_id FROM predictor.recording_label WHERE recording_id = @recording", new { recording })).Length;
}
