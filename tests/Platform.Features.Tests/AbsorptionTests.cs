using Platform.Contracts;
using Platform.Dsp;

namespace Platform.Features.Tests;

/// <summary>False alarms until a deployed model has learnt them, and drift until a new version is there.</summary>
public sealed class AbsorptionTests(FeaturesFixture features) : IClassFixture<FeaturesFixture>
{
    [Fact]
    public async Task A_false_alarm_is_absorbed_when_a_model_that_learnt_it_is_deployed_and_no_more_when_that_is_rolled_back()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("A-1", "small");
        await features.Extract("A-1", seed: 1);
        var alarming = await features.Extract("A-1", seed: 2);
        await features.Publish(Scored(alarming));
        await features.DataBecomes("A-1", "excluded=1 falseAlarms=0 absorbed=0");
        var first = await Answer();
        await features.Deploy(first.Request, first.Dataset, deployment: 1);
        await features.DataBecomes("A-1", "trained=1 state=up_to_date");

        await features.Publish(Labelled(alarming, Labels.VerifiedNormal, revision: 1));
        await features.DataBecomes("A-1", "falseAlarms=1 absorbed=0 state=retrain_needed reason=label");
        var second = await Answer();
        Assert.Contains(alarming.RecordingId, second.Dataset.Recordings.Select(recording => recording.RecordingId));
        Assert.Empty(Heard());

        await features.Deploy(second.Request, second.Dataset, deployment: 2);
        await features.DataBecomes("A-1", "falseAlarms=1 absorbed=1 state=up_to_date");
        var absorbed = (await features.Hear<FalseAlarmsAbsorbed>(one => one.Device == "A-1"))[0];
        Assert.Equal((true, (int?)2), (absorbed.Absorbed, absorbed.Version));
        Assert.Equal([alarming.RecordingId], absorbed.Recordings);
        await features.Deploy(second.Request, second.Dataset, deployment: 2); // delivered twice
        await features.Deploy(second.Request, second.Dataset, deployment: 3); // and still absorbed: nothing new

        await features.Deploy(first.Request, first.Dataset, deployment: 4); // back to what never heard it
        await features.DataBecomes("A-1", "falseAlarms=1 absorbed=0 state=retrain_needed reason=label");
        var heard = await features.Hear<FalseAlarmsAbsorbed>(one => one.Device == "A-1", count: 2);
        Assert.Equal([true, false], heard.Select(one => one.Absorbed));
        Assert.True(heard[1].Revision > heard[0].Revision && heard[1].ModelId is null);
    }

    [Fact]
    public async Task A_label_that_is_taken_back_ends_the_absorption()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("A-2", "small");
        var alarming = await features.Extract("A-2", seed: 1);
        await features.Publish(Labelled(alarming, Labels.VerifiedNormal, revision: 1)); // before any model has heard it
        await features.Publish(Scored(alarming));
        await features.DataBecomes("A-2", "falseAlarms=1 absorbed=0");
        var (request, dataset) = await features.Answer(await features.Ask(new() { MinSamples = 1 }, champion: null, "A-2"));
        await features.Deploy(request, dataset, deployment: 1);
        await features.Hear<FalseAlarmsAbsorbed>(one => one is { Device: "A-2", Absorbed: true });

        await features.Publish(Labelled(alarming, Labels.Anomalous, revision: 2));

        await features.Hear<FalseAlarmsAbsorbed>(one => one is { Device: "A-2", Absorbed: false });
        await features.DataBecomes("A-2", "falseAlarms=0 absorbed=0 state=retrain_needed reason=label");
    }

    [Fact]
    public async Task Drift_asks_for_a_training_until_another_version_is_deployed()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("A-3", "small");
        await features.Extract("A-3", seed: 1);
        var (request, dataset) = await features.Answer(await features.Ask(new() { MinSamples = 1 }, champion: null, "A-3"));
        await features.Deploy(request, dataset, deployment: 1);
        await features.DataBecomes("A-3", "state=up_to_date reason=");

        await features.Publish(new DriftDetected("A-3", request.Scope.ModelId, Version: 1, 0.6, 0.9, DateTimeOffset.UtcNow));
        await features.DataBecomes("A-3", "state=retrain_needed reason=drift");
        await features.Hear<DeviceDataChanged>(data => data is { Device: "A-3", RetrainNeeded: true, Reason: "drift" });

        await features.Deploy(request, dataset, deployment: 2);
        await features.DataBecomes("A-3", "state=up_to_date reason=");
    }

    private async Task<(TrainRequested Request, DatasetManifest Dataset)> Answer() =>
        await features.Answer(await features.Ask(new() { MinSamples = 1 }, champion: null, "A-1"));

    private IReadOnlyList<FalseAlarmsAbsorbed> Heard() => features.Heard<FalseAlarmsAbsorbed>(one => one.Device == "A-1");

    private static RecordingLabelled Labelled(FeaturesExtracted set, string label, long revision) =>
        new(set.RecordingId, set.Device, label, revision, "ann", DateTimeOffset.UtcNow);

    private static RecordingScored Scored(FeaturesExtracted set) => new(
        set.RecordingId, set.Device, $"device/{set.Device}_all/conv-ae", 1, 1, "reconstruction", 2, 1, Verdicts.Anomalous, [], set.RecordedAt, DateTimeOffset.UtcNow);
}
