using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Features.Tests;

public sealed class DatasetTests(FeaturesFixture features) : IClassFixture<FeaturesFixture>
{
    [Theory]
    [InlineData("absolute")]
    [InlineData("window_max")]
    public async Task A_dataset_holds_the_normalised_patches_of_every_eligible_recording(string reference)
    {
        var (one, two) = ($"P-1-{reference.Length}", $"P-2-{reference.Length}");
        await features.CreateSpec(reference, reference: reference);
        await features.AnnounceDevice(one, reference);
        await features.AnnounceDevice(two, reference);
        List<FeaturesExtracted> sets = [await features.Extract(one, seed: 1), await features.Extract(one, seed: 2), await features.Extract(two, seed: 3)];
        var run = Run([one, two]);

        await features.Publish(run);
        var request = (await features.Hear<TrainRequested>(asked => asked.RunId == run.RunId))[0];

        Assert.Equal((0, 0, run.RunName, run.Parameters), (request.Slice, request.Attempt, request.RunName, request.Parameters));
        Assert.Equal(DatasetManifest.KeyOf(request.DatasetId), request.DatasetManifestKey);
        var manifest = DatasetManifest.Read(await Read(request.DatasetManifestKey, request.DatasetManifestSha256));
        Assert.Equal(sets.Select(set => set.RecordingId), manifest.Recordings.Select(recording => recording.RecordingId));
        Assert.Equal([one, two], manifest.Devices.Select(device => device.Device));

        var shard = Assert.Single(manifest.Shards);
        var patches = NpyFile.Read(await Read($"datasets/{request.DatasetId}/{shard.Name}", shard.Sha256));
        Assert.Equal([6, 8, 64], patches.Shape);
        var view = new PatchView(manifest.Spec);
        foreach (var (recording, set) in manifest.Recordings.Zip(sets))
        {
            var stored = NpyFile.Read(await Read(set.FeatureSetKey, set.FeatureSetSha256)).ToSingles();
            var scale = manifest.Devices.Single(device => device.Device == recording.Device).Scale;
            Assert.Equal(
                view.ApplyAll(stored, set.PatchCount, scale),
                patches.ToSingles().AsSpan(recording.Offset * view.PatchLength, recording.PatchCount * view.PatchLength).ToArray());
        }

        Assert.All(patches.ToSingles(), value => Assert.InRange(value, -1e-6f, 1f));
        Assert.Equal(0, patches.ToSingles().Min(), 1e-6);
        Assert.Equal(1, patches.ToSingles().Max(), 1e-6);
    }

    [Fact]
    public async Task Preparing_is_announced_below_the_trainers_sequence()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("P-3", "small");
        var run = Run(["P-3"]);

        await features.Publish(run);

        var progress = (await features.Hear<TrainingProgressed>(progress => progress.RunId == run.RunId))[0];
        Assert.Equal(TrainingPhases.Preparing, progress.Phase);
        Assert.InRange(progress.Sequence, long.MinValue, -1);
    }

    [Fact]
    public async Task The_same_data_is_the_same_dataset_and_is_not_written_again()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("P-4", "small");
        await features.Extract("P-4", seed: 1);
        await features.Extract("P-4", seed: 2);
        var first = await Answer(Run(["P-4"]) with { Parameters = new TrainingParameters { Seed = 1 } });
        var written = await features.Store.Find($"datasets/{first.DatasetId}/shard-00000.npy", TestContext.Current.CancellationToken);

        var second = await Answer(Run(["P-4"]) with { Parameters = new TrainingParameters { Seed = 2 } });
        Assert.Equal((first.DatasetId, first.DatasetManifestSha256), (second.DatasetId, second.DatasetManifestSha256));
        Assert.Equal(written, await features.Store.Find($"datasets/{first.DatasetId}/shard-00000.npy", TestContext.Current.CancellationToken));

        await features.Extract("P-4", seed: 3);
        Assert.NotEqual(first.DatasetId, (await Answer(Run(["P-4"]))).DatasetId);
    }

    [Fact]
    public async Task A_redelivered_run_is_answered_as_before_whatever_came_in_between()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("P-5", "small");
        await features.Extract("P-5", seed: 1);
        await features.Extract("P-5", seed: 2);
        var run = Run(["P-5"]);
        var first = await Answer(run);
        await features.Extract("P-5", seed: 3);

        await features.Publish(run);
        var both = await features.Hear<TrainRequested>(asked => asked.RunId == run.RunId, count: 2);

        Assert.Equal(first.DatasetId, both[1].DatasetId);
    }

    [Fact]
    public async Task Two_instances_prepare_the_same_dataset_side_by_side()
    {
        await using var other = await features.StartAnother();
        await features.CreateSpec("small");
        await features.AnnounceDevice("P-6", "small");
        for (var seed = 0; seed < 10; seed++)
            await features.Extract("P-6", seed);
        var runs = Enumerable.Range(0, 6).Select(_ => Run(["P-6"])).ToArray();

        await Task.WhenAll(runs.Select(features.Publish));
        var answers = new List<TrainRequested>();
        foreach (var run in runs)
            answers.Add((await features.Hear<TrainRequested>(asked => asked.RunId == run.RunId))[0]);

        Assert.Single(answers.Select(answer => (answer.DatasetId, answer.DatasetManifestSha256)).Distinct());
        var manifest = DatasetManifest.Read(await Read(answers[0].DatasetManifestKey, answers[0].DatasetManifestSha256));
        await Read($"datasets/{manifest.Id}/{manifest.Shards[0].Name}", manifest.Shards[0].Sha256);
    }

    [Fact]
    public async Task Anomalous_recordings_stay_out_unless_a_person_verified_them()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("P-7", "small");
        var normal = await features.Extract("P-7", seed: 1);
        var labelledAtOnce = await features.Extract("P-7", seed: 2, Labels.Anomalous);
        var labelledLater = await features.Extract("P-7", seed: 3);
        var judged = await features.Extract("P-7", seed: 4);
        var verified = await features.Extract("P-7", seed: 5);
        var judgedBetter = await features.Extract("P-7", seed: 6);
        await features.Publish(Labelled(labelledLater, Labels.Anomalous, revision: 2));
        await features.Publish(Labelled(verified, Labels.VerifiedNormal, revision: 1));
        await features.Publish(Scored(judged, Verdicts.Anomalous, deployment: 1));
        await features.Publish(Scored(verified, Verdicts.Anomalous, deployment: 1));
        await features.Publish(Scored(judgedBetter, Verdicts.Normal, deployment: 2));
        await features.DataBecomes("P-7", "recordings=6 extracted=6 excluded=3 pending=3");

        await features.Publish(Labelled(labelledLater, Labels.Normal, revision: 1)); // late: revision 2 is known
        await features.Publish(Scored(judgedBetter, Verdicts.Anomalous, deployment: 1)); // late: deployment 2 has spoken
        var manifest = await Manifest(await Answer(Run(["P-7"])));

        Guid[] expected = [normal.RecordingId, verified.RecordingId, judgedBetter.RecordingId];
        Assert.Equal(expected, manifest.Recordings.Select(recording => recording.RecordingId));
        Assert.Equal(["unlabelled", "verified_normal", "unlabelled"], manifest.Recordings.Select(recording => recording.Label));
        Assert.DoesNotContain(manifest.Recordings, recording => recording.RecordingId == labelledAtOnce.RecordingId);
    }

    [Fact]
    public async Task Too_little_data_is_not_possible_and_says_how_much_there_is()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("P-8", "small");
        await features.Extract("P-8", seed: 1);
        var run = Run(["P-8"]) with { Parameters = new TrainingParameters { MinSamples = 5 } };

        await features.Publish(run);
        await features.Publish(run);

        var answers = await features.Hear<TrainingNotPossible>(answer => answer.RunId == run.RunId, count: 2);
        Assert.All(answers, answer => Assert.Equal((1, 5), (answer.Available, answer.Required)));
        Assert.Contains("P-8", answers[0].Reason, StringComparison.Ordinal);
        Assert.Empty(features.Heard<TrainRequested>(asked => asked.RunId == run.RunId));
    }

    [Fact]
    public async Task Devices_of_different_specs_or_unknown_ones_are_named()
    {
        await features.CreateSpec("small");
        await features.CreateSpec("half", winSeconds: 0.5);
        await features.AnnounceDevice("P-9", "small");
        await features.AnnounceDevice("P-9b", "small");
        await features.AnnounceDevice("P-10", "half");
        await features.Extract("P-9", seed: 1);
        await features.Extract("P-10", seed: 1);
        await features.AnnounceDevice("P-11", "nowhere");
        await features.DataBecomes("P-11", "featureSpec=nowhere");

        Assert.Equal(
            "The devices have different feature specs, but a model has one: 'half' of P-10; 'small' of P-9, P-9b. Give them one, or train them apart.",
            await Refusal(Run(["P-10", "P-9", "P-9b"])));
        Assert.Contains("P-0", await Refusal(Run(["P-0", "P-9"])), StringComparison.Ordinal);
        Assert.Contains("'nowhere' of P-11", await Refusal(Run(["P-11"])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_feature_set_that_was_damaged_in_the_store_ends_the_run_with_its_name()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("P-12", "small");
        await features.Extract("P-12", seed: 1);
        var damaged = await features.Extract("P-12", seed: 2);
        await features.Store.Put(damaged.FeatureSetKey, new MemoryStream([1, 2, 3]), TestContext.Current.CancellationToken);

        Assert.Contains(damaged.FeatureSetKey, await Refusal(Run(["P-12"])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deployed_model_covers_its_dataset_until_something_changes()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("P-13", "small");
        var first = await features.Extract("P-13", seed: 1);
        await features.Extract("P-13", seed: 2);
        await features.DataBecomes("P-13", "pending=2 trained=0 state=never_trained");
        var old = await Answer(Run(["P-13"]));
        var specHash = (await Manifest(old)).SpecHash;

        await features.Publish(Deployed(old, specHash, deployment: 1));
        await features.DataBecomes("P-13", "pending=0 trained=2 state=up_to_date reason=");

        await features.Extract("P-13", seed: 3);
        await features.DataBecomes("P-13", "pending=1 trained=2 state=retrain_needed reason=new_data");
        await features.Publish(Deployed(await Answer(Run(["P-13"])), specHash, deployment: 2));
        await features.DataBecomes("P-13", "pending=0 trained=3 state=up_to_date reason=");

        await features.Publish(Deployed(old, specHash, deployment: 1)); // late: deployment 2 is known
        await features.Publish(new DriftDetected("P-13", "device/P-13_all/conv-ae", Version: 2, 1, 2, DateTimeOffset.UtcNow));
        await features.DataBecomes("P-13", "pending=0 trained=3 state=retrain_needed reason=drift");

        await features.Publish(Labelled(first, Labels.Anomalous, revision: 1));
        await features.DataBecomes("P-13", "trained=3 state=retrain_needed reason=label");

        await features.Publish(Deployed(await Answer(Run(["P-13"])), specHash, deployment: 3));
        await features.DataBecomes("P-13", "pending=0 trained=2 excluded=1 state=up_to_date reason=");
        await features.Hear<DeviceDataChanged>(data => data is { Device: "P-13", Trained: 2, RetrainNeeded: false, Reason: null, Revision: > 5 });
    }

    private static PrepareTraining Run(string[] devices) => new(
        Guid.NewGuid(), $"run-{Guid.NewGuid():N}", BatchId: null,
        new TrainingScope(ScopeModes.Device, "scope", Aggregation: null, "conv-ae", $"device/{devices[0]}_all/conv-ae", devices),
        new TrainingParameters(), Champion: null, DateTimeOffset.UtcNow);

    private static RecordingLabelled Labelled(FeaturesExtracted set, string label, long revision) =>
        new(set.RecordingId, set.Device, label, revision, "test", DateTimeOffset.UtcNow);

    private static RecordingScored Scored(FeaturesExtracted set, string verdict, long deployment) => new(
        set.RecordingId, set.Device, "device/x_all/conv-ae", 1, deployment, "reconstruction", 1, 1, verdict, [], set.RecordedAt, DateTimeOffset.UtcNow);

    private static ModelDeployed Deployed(TrainRequested request, string specHash, long deployment) => new(
        request.Scope.ModelId, Version: (int)deployment, deployment, ScopeModes.Device, request.Scope.Devices, "models/x", "00", specHash,
        request.RunId, request.DatasetId, "test", "test", DateTimeOffset.UtcNow);

    private async Task<TrainRequested> Answer(PrepareTraining run)
    {
        await features.Publish(run);
        return (await features.Hear<TrainRequested>(asked => asked.RunId == run.RunId))[0];
    }

    private async Task<string> Refusal(PrepareTraining run)
    {
        await features.Publish(run);
        return (await features.Hear<TrainingNotPossible>(answer => answer.RunId == run.RunId))[0].Reason;
    }

    private async Task<DatasetManifest> Manifest(TrainRequested request) =>
        DatasetManifest.Read(await Read(request.DatasetManifestKey, request.DatasetManifestSha256));

    private Task<byte[]> Read(string key, string sha256) => features.Store.ReadVerified(key, sha256, TestContext.Current.CancellationToken);
}
