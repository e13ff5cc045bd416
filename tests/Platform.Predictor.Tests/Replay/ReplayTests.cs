using System.Net;

namespace Platform.Predictor.Tests.Replay;

/// <summary>Scores again from the archive, through a real service process, after everything has moved on.</summary>
public sealed class ReplayTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly string _device = RunningPredictor.NewDevice();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_recording_gives_the_same_bits_after_its_model_was_rolled_back_and_its_device_retrained()
    {
        var first = SampleModel.Create(_device, seed: 1, threshold: 1e-9);
        var deployed = await platform.DeployAs(first, 1, 1);
        var features = await platform.Record(_device, SampleAudio.Rattle(), Noon);
        var scored = await platform.Scored(features.RecordingId);
        // Two versions later nothing of the first is in memory, and the last one has another spec.
        var otherSpec = SampleAudio.Spec with { Extraction = SampleAudio.Spec.Extraction with { NMels = 40 } };
        await platform.DeployAs(SampleModel.Create(_device, seed: 2), 2, 2);
        await platform.DeployAs(SampleModel.Create(_device, seed: 3, spec: otherSpec), 3, 3);
        var (rows, alarms) = (await Rows(), await platform.Get<AlarmRow[]>($"alarms?device={_device}"));

        var replayed = await platform.Post<Replayed>($"recordings/{features.RecordingId}/replay");

        Assert.Equal(("identical", true, 1, "anomalous", "anomalous"), (replayed.Outcome, replayed.Same, replayed.Version, replayed.Verdict, replayed.VerdictNow));
        var detector = Assert.Single(replayed.Detectors);
        Assert.Equal((scored.Score, scored.Score, 0.0, 1e-9, 1e-9), (detector.Then, detector.Now, detector.RelativeDifference, detector.ThresholdThen, detector.ThresholdNow));
        Assert.Empty(replayed.Differences);
        Assert.Equal(["audio", "spec", "features", "package", "run", "dataset"], replayed.Links.Select(link => link.Name));
        Assert.Equal((features.AudioSha256, "verified", Archive.AudioKey(features)), (replayed["audio"].Found, replayed["audio"].State, replayed["audio"].Where));
        Assert.Equal((first.Package.Config.FeatureSpec.Hash, "verified"), (replayed["spec"].Found, replayed["spec"].State));
        Assert.Equal((features.FeatureSetSha256, "verified"), (replayed["features"].Found, replayed["features"].State));
        Assert.Equal((deployed.PackageManifestSha256, "verified", deployed.PackagePrefix), (replayed["package"].Found, replayed["package"].State, replayed["package"].Where));
        Assert.StartsWith("libtorch ", replayed.ComputedWithThen, StringComparison.Ordinal);
        Assert.Equal(replayed.ComputedWithThen, replayed.ComputedWithNow);

        // It was a question: nothing was stored and no alarm changed.
        Assert.Equal(rows, await Rows());
        Assert.Equal(alarms, await platform.Get<AlarmRow[]>($"alarms?device={_device}"));
    }

    [Fact]
    public async Task An_alarm_replays_the_recording_that_opened_it_and_on_demand_all_of_them_in_pages()
    {
        await platform.DeployAs(SampleModel.Telling(_device, seed: 1, SampleAudio.Hum(), SampleAudio.Rattle()), 1, 1);
        var recordings = new List<Guid>();
        for (var i = 0; i < 4; i++)
            recordings.Add((await platform.Record(_device, SampleAudio.Rattle(i), Noon.AddMinutes(i))).RecordingId);
        recordings.Add((await platform.Record(_device, SampleAudio.Hum(), Noon.AddMinutes(9))).RecordingId);
        var alarm = Assert.Single(await platform.Get<AlarmRow[]>($"alarms?device={_device}"));

        var opening = await platform.Post<ReplayedAlarmAnswer>($"alarms/{alarm.Id}/replay");
        var page = await platform.Post<ReplayedAlarmAnswer>($"alarms/{alarm.Id}/replay?all=true&limit=3");
        var rest = await platform.Post<ReplayedAlarmAnswer>($"alarms/{alarm.Id}/replay?all=true&limit=3&after={page.Next}");

        Assert.Equal((true, "identical", null), (opening.Same, opening.Outcome, opening.Next));
        Assert.Equal((alarm.OpenedBy, alarm.Id), (Assert.Single(opening.Recordings).RecordingId, opening.Recordings[0].AlarmId));
        Assert.Equal(recordings, page.Recordings.Concat(rest.Recordings).Select(one => one.RecordingId));
        Assert.Equal((recordings[2], null), (page.Next, rest.Next));
        Assert.All(rest.Recordings, one => Assert.True(one.Same));
    }

    [Fact]
    public async Task Audio_that_is_gone_or_changed_is_named_and_the_patches_of_then_still_give_the_score()
    {
        await platform.DeployAs(SampleModel.Create(_device, seed: 1), 1, 1);
        var features = await platform.Record(_device, SampleAudio.Hum(1), Noon);

        await platform.Objects.Put(Archive.AudioKey(features), new MemoryStream(SampleAudio.Hum(2)), Token);
        var changed = await platform.Post<Replayed>($"recordings/{features.RecordingId}/replay");
        await platform.Objects.Delete(Archive.AudioKey(features), Token);
        var gone = await platform.Post<Replayed>($"recordings/{features.RecordingId}/replay");
        await platform.Objects.Delete(features.FeatureSetKey, Token);
        var nothing = await platform.Post<Replayed>($"recordings/{features.RecordingId}/replay");

        Assert.Equal(("not_possible", false, "differs"), (changed.Outcome, changed.Same, changed["audio"].State));
        Assert.Contains("is corrupt", Assert.Single(changed.Differences), StringComparison.Ordinal);
        Assert.Equal(("not_possible", "missing"), (gone.Outcome, gone["audio"].State));
        Assert.Contains(features.AudioSha256, Assert.Single(gone.Differences), StringComparison.Ordinal);
        Assert.Contains("the scores are identical", gone["features"].Detail, StringComparison.Ordinal);
        Assert.Null(gone.Detectors[0].Now);
        Assert.Equal("missing", nothing["features"].State);
    }

    [Fact]
    public async Task A_package_that_is_gone_or_damaged_is_named_and_the_audio_is_verified_all_the_same()
    {
        await platform.DeployAs(SampleModel.Create(RunningPredictor.NewDevice(), seed: 1), 1, 1); // a store without any model is not mounted
        var deployed = await platform.DeployAs(SampleModel.Create(_device, seed: 1), 1, 1);
        var features = await platform.Record(_device, SampleAudio.Hum(), Noon);

        var weights = platform.PathOf($"{deployed.PackagePrefix}/model.pth");
        var bytes = await File.ReadAllBytesAsync(weights, Token);
        bytes[^200] ^= 1;
        await platform.Objects.Put($"{deployed.PackagePrefix}/model.pth", new MemoryStream(bytes), Token);
        var damaged = await platform.Post<Replayed>($"recordings/{features.RecordingId}/replay");
        await platform.DeletePackage(deployed);
        var gone = await platform.Post<Replayed>($"recordings/{features.RecordingId}/replay");

        Assert.Equal(("not_possible", "differs"), (damaged.Outcome, damaged["package"].State));
        Assert.Contains("model.pth' is corrupt", Assert.Single(damaged.Differences), StringComparison.Ordinal);
        Assert.Equal(("not_possible", "missing", "verified"), (gone.Outcome, gone["package"].State, gone["audio"].State));
        Assert.Contains("retention", Assert.Single(gone.Differences), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_score_that_was_another_one_differs_and_says_by_how_much()
    {
        await platform.DeployAs(SampleModel.Create(_device, seed: 1), 1, 1);
        var features = await platform.Record(_device, SampleAudio.Hum(), Noon);
        var score = (await platform.Scored(features.RecordingId)).Score;

        await Overwrite(features.RecordingId, score * (1 + 2e-6));
        var rounded = await platform.Post<Replayed>($"recordings/{features.RecordingId}/replay");
        await Overwrite(features.RecordingId, score * 1.5);
        var differs = await platform.Post<Replayed>($"recordings/{features.RecordingId}/replay");

        Assert.Equal(("within_tolerance", true), (rounded.Outcome, rounded.Same));
        Assert.InRange(rounded.Detectors[0].RelativeDifference!.Value, 1.9e-6, 2.1e-6);
        Assert.Equal(("differs", false), (differs.Outcome, differs.Same));
        Assert.Contains("reconstruction gave", Assert.Single(differs.Differences), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recording_of_before_hashes_were_kept_and_of_a_plant_far_in_the_east_is_found()
    {
        var model = SampleModel.Create(_device, seed: 1);
        await platform.DeployAs(model, 1, 1);
        var features = await platform.Record(_device, SampleAudio.Hum(), Noon, day: "20260303"); // 02:00 of the next day there
        await platform.Rows<int>(
            "UPDATE predictor.score SET package_prefix = NULL, package_manifest_sha256 = NULL, run_id = NULL, dataset_id = NULL, computed_with = NULL WHERE recording_id = @RecordingId",
            new { features.RecordingId });
        await Hosting.Artifacts.Publish(platform.Objects, $"models/{model.Id}/v1", model.Package.ToFiles(), Token);

        var replayed = await platform.Post<Replayed>($"recordings/{features.RecordingId}/replay");

        Assert.Equal("identical", replayed.Outcome);
        Assert.Equal(("verified", $"audio/{_device}/20260303/{features.AudioSha256}.wav"), (replayed["audio"].State, replayed["audio"].Where));
        Assert.Equal(("not_kept", null, $"models/{model.Id}/v1"), (replayed["package"].State, replayed["package"].Kept, replayed["package"].Where));
        Assert.Null(replayed.ComputedWithThen);
    }

    [Fact]
    public async Task What_is_not_known_or_not_scored_is_refused_with_the_reason()
    {
        var waiting = await platform.StoreFeatures(SampleAudio.Hum(), _device, Noon);
        await platform.Bus.Publish(waiting);
        await Platform.Testing.Eventually.Is(async () => await platform.Unscored(_device) is ["no_model"]);

        foreach (var (method, path) in new[] { (HttpMethod.Post, "replay"), (HttpMethod.Get, "explanation"), (HttpMethod.Get, "explanation.png") })
        {
            await Archive.Refused(Send(method, $"recordings/{waiting.RecordingId}/{path}"), HttpStatusCode.Conflict, "no_model", _device);
            await Archive.Refused(Send(method, $"recordings/{Guid.NewGuid()}/{path}"), HttpStatusCode.NotFound, "No recording");
        }

        await Archive.Refused(Send(HttpMethod.Post, $"alarms/{Guid.NewGuid()}/replay"), HttpStatusCode.NotFound, "no alarm");
        await Archive.Refused(Send(HttpMethod.Post, $"alarms/{Guid.NewGuid()}/replay?all=true&limit=101"), HttpStatusCode.BadRequest, "limit is 101");
    }

    private Task<HttpResponseMessage> Send(HttpMethod method, string path) =>
        platform.Replica.Http.SendAsync(new HttpRequestMessage(method, path), Token);

    private Task<string[]> Rows() => platform.Rows<string>(
        "SELECT s::text FROM predictor.score s WHERE device = @_device UNION ALL SELECT a::text FROM predictor.alarm_state a WHERE device = @_device", new { _device });

    private Task<int[]> Overwrite(Guid recordingId, double score) => platform.Rows<int>(
        "UPDATE predictor.score SET score = @score, detectors = jsonb_set(detectors, '{0,score}', to_jsonb(@score::float8)) WHERE recording_id = @recordingId",
        new { recordingId, score });
}
