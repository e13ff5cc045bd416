using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Features.Tests;

public sealed class ExtractionTests(FeaturesFixture features) : IClassFixture<FeaturesFixture>
{
    private static readonly Extraction Small = new() { WinSeconds = 1, HopSeconds = 1, NFft = 512, HopLength = 256, NMels = 8 };

    [Fact]
    public async Task A_recording_becomes_the_patches_that_the_kernel_makes()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("LT-1", "small");
        var wav = Recordings.Noise(seconds: 3, seed: 1);
        var audio = await features.Archive("LT-1", wav);

        await features.Publish(audio);
        var set = (await features.Hear<FeaturesExtracted>(set => set.RecordingId == audio.RecordingId))[0];

        Assert.Equal($"features/{Small.Hash[..8]}/LT-1/20260102/{audio.RecordingId}.npy", set.FeatureSetKey);
        Assert.Equal((Small.Hash, audio.Sha256, 3, audio.RecordedAt), (set.ExtractionHash, set.AudioSha256, set.PatchCount, set.RecordedAt));
        Assert.Equal(("small", 3.0), (set.FeatureSpec, set.DurationSeconds));
        var stored = NpyFile.Read(await features.Store.ReadVerified(set.FeatureSetKey, set.FeatureSetSha256, TestContext.Current.CancellationToken));
        var expected = new FeatureSetExtractor(Small).Extract(WavReader.Read(new MemoryStream(wav)));
        Assert.Equal([3, 8, 63], stored.Shape);
        Assert.Equal(expected.Patches, stored.ToSingles());
    }

    [Fact]
    public async Task A_redelivered_recording_is_announced_again_but_not_extracted_again()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("LT-2", "small");
        var audio = await features.Archive("LT-2", Recordings.Noise(seconds: 1, seed: 2));
        await features.Publish(audio);
        var first = (await features.Hear<FeaturesExtracted>(set => set.RecordingId == audio.RecordingId))[0];
        await features.Store.Delete(audio.ObjectKey, TestContext.Current.CancellationToken); // extracting again would need it

        await features.Publish(audio);
        var both = await features.Hear<FeaturesExtracted>(set => set.RecordingId == audio.RecordingId, count: 2);

        Assert.All(both, again => Assert.Equal(first, again)); // more than two where the device's own announcement found it missing
        await features.DataBecomes("LT-2", "recordings=1 extracted=1 failed=0 patches=1");
    }

    [Fact]
    public async Task Recordings_that_cannot_be_extracted_fail_with_a_reason_and_stop_nobody()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("LT-3", "small");
        var cut = await features.Archive("LT-3", Recordings.Noise(seconds: 1, seed: 3)[..30]);
        var text = await features.Archive("LT-3", "not audio at all"u8.ToArray());
        var tooShort = await features.Archive("LT-3", Recordings.Noise(seconds: 0.5, seed: 4));
        var changed = await features.Archive("LT-3", Recordings.Noise(seconds: 1, seed: 6)) with { Sha256 = new string('0', 64) };
        var missing = await features.Archive("LT-3", Recordings.Noise(seconds: 1, seed: 7)) with { ObjectKey = "audio/LT-3/gone.wav" };
        foreach (var audio in new[] { cut, text, tooShort, changed, missing })
            await features.Publish(audio);

        await features.Extract("LT-3", seed: 8);
        foreach (var (audio, reason, detail) in new[]
        {
            (cut, ExtractionFailures.CorruptAudio, "Byte 30"),
            (text, ExtractionFailures.UnsupportedAudio, "begins no format that is read"),
            (tooShort, ExtractionFailures.TooShort, "8000 samples"),
            (changed, ExtractionFailures.CorruptAudio, "SHA-256"),
            (missing, ExtractionFailures.MissingAudio, "audio/LT-3/gone.wav"),
        })
        {
            var failure = (await features.Hear<FeatureExtractionFailed>(failed => failed.RecordingId == audio.RecordingId))[0];
            Assert.Equal(reason, failure.Reason);
            Assert.Contains(detail, failure.Detail, StringComparison.Ordinal);
            Assert.Equal(reason == ExtractionFailures.TooShort ? 0.5 : null, failure.DurationSeconds);
        }

        await features.DataBecomes("LT-3", "recordings=6 extracted=1 failed=5 pending=1");
    }

    [Fact]
    public async Task A_redelivered_failure_is_announced_again_as_it_was()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("LT-4", "small");
        var audio = await features.Archive("LT-4", [1, 2, 3]);

        await features.Publish(audio);
        await features.Hear<FeatureExtractionFailed>(failed => failed.RecordingId == audio.RecordingId);
        await features.Publish(audio);
        var both = await features.Hear<FeatureExtractionFailed>(failed => failed.RecordingId == audio.RecordingId, count: 2);

        Assert.Equal(both[0], both[1]);
    }

    [Fact]
    public async Task Recordings_that_come_before_their_device_wait_for_it()
    {
        await features.CreateSpec("small");
        var early = new List<AudioArchived>();
        for (var seed = 0; seed < 25; seed++) // more than one message's worth
            early.Add(await features.Archive("LT-5", Recordings.Noise(seconds: 1, seed)));
        foreach (var audio in early)
            await features.Publish(audio);
        await features.AnnounceDevice("LT-5b", "small");
        await features.Extract("LT-5b", seed: 1); // so the queue has moved on meanwhile
        Assert.Empty(features.Heard<FeaturesExtracted>(set => set.Device == "LT-5"));

        await features.AnnounceDevice("LT-5", "small");

        await features.Hear<FeaturesExtracted>(set => set.Device == "LT-5", count: 25);
        await features.DataBecomes("LT-5", "recordings=25 extracted=25");
    }

    [Fact]
    public async Task A_changed_spec_extracts_what_is_there_again_and_a_lower_revision_does_not()
    {
        await features.CreateSpec("small");
        await features.CreateSpec("half", winSeconds: 0.5);
        await features.AnnounceDevice("LT-6", "small", revision: 2);
        var first = await features.Extract("LT-6", seed: 1);

        await features.AnnounceDevice("LT-6", "half", revision: 3);
        var again = (await features.Hear<FeaturesExtracted>(
            set => set.RecordingId == first.RecordingId && set.ExtractionHash != first.ExtractionHash))[0];
        await features.AnnounceDevice("LT-6", "small", revision: 1);
        var next = await features.Extract("LT-6", seed: 2);

        Assert.NotEqual(first.ExtractionHash, again.ExtractionHash);
        Assert.Equal((2, 4), (first.PatchCount, again.PatchCount));
        Assert.Equal(again.ExtractionHash, next.ExtractionHash);
        Assert.NotNull(await features.Store.Find(first.FeatureSetKey, TestContext.Current.CancellationToken));
        await features.DataBecomes("LT-6", "featureSpec=half recordings=2 extracted=2 patches=8");
    }

    [Fact]
    public async Task Until_a_model_of_the_new_spec_is_live_recordings_are_extracted_under_both()
    {
        await features.CreateSpec("small");
        await features.CreateSpec("half", winSeconds: 0.5);
        await features.AnnounceDevice("LT-7", "small", revision: 1);
        await features.Extract("LT-7", seed: 1);
        var live = new FeatureSpec(null, Small, new View());
        await features.Publish(Deployed("LT-7", live.Hash, deployment: 1));
        await features.DataBecomes("LT-7", "state=retrain_needed reason=new_data");

        await features.AnnounceDevice("LT-7", "half", revision: 2);
        await features.DataBecomes("LT-7", "state=retrain_needed reason=spec extracted=1");
        var audio = await features.Archive("LT-7", Recordings.Noise(seconds: 1, seed: 3));
        await features.Publish(audio);
        await features.Hear<FeaturesExtracted>(set => set.RecordingId == audio.RecordingId && set.ExtractionHash == live.Extraction.Hash);
        await features.Hear<FeaturesExtracted>(set => set.RecordingId == audio.RecordingId && set.ExtractionHash != live.Extraction.Hash);

        await features.Publish(Deployed("LT-7", (live with { Extraction = Small with { WinSeconds = 0.5, HopSeconds = 0.5 } }).Hash, deployment: 2));
        await features.DataBecomes("LT-7", "reason=new_data");
        var last = await features.Extract("LT-7", seed: 4);
        Assert.NotEqual(live.Extraction.Hash, last.ExtractionHash);
        Assert.All(features.Heard<FeaturesExtracted>(set => set.RecordingId == last.RecordingId), set => Assert.Equal(last, set));
    }

    [Fact]
    public async Task A_spec_that_is_created_after_its_recordings_failed_has_them_extracted_after_all()
    {
        await features.AnnounceDevice("LT-8", "later");
        var audio = await features.Archive("LT-8", Recordings.Noise(seconds: 1, seed: 1));
        await features.Publish(audio);
        var failure = (await features.Hear<FeatureExtractionFailed>(failed => failed.RecordingId == audio.RecordingId))[0];
        Assert.Equal(ExtractionFailures.UnknownSpec, failure.Reason);
        Assert.Contains("'later'", failure.Detail, StringComparison.Ordinal);

        await features.CreateSpec("later");

        await features.Hear<FeaturesExtracted>(set => set.RecordingId == audio.RecordingId);
        await features.DataBecomes("LT-8", "extracted=1 failed=0");
    }

    [Fact]
    public async Task Counts_are_announced_with_growing_revisions_until_they_are_complete()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("LT-9", "small");
        for (var seed = 0; seed < 5; seed++)
            await features.Extract("LT-9", seed);

        await features.Hear<DeviceDataChanged>(data => data.Device == "LT-9" && data is { Recordings: 5, Extracted: 5, Pending: 5, Trained: 0, Failed: 0 });
        var heard = features.Heard<DeviceDataChanged>(data => data.Device == "LT-9");
        Assert.Equal(heard.Select(data => data.Revision).Order().Distinct(), heard.Select(data => data.Revision));
        Assert.True(heard[^1] is { RetrainNeeded: true, Reason: "new_data" }, $"{heard[^1]}");
    }

    [Fact]
    public async Task An_object_left_by_an_instance_that_died_before_its_row_is_taken_over()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("LT-10", "small");
        var wav = Recordings.Noise(seconds: 1, seed: 9);
        var audio = await features.Archive("LT-10", wav);
        var left = NpyFile.Write(new FeatureSetExtractor(Small).Extract(WavReader.Read(new MemoryStream(wav))).ToArray());
        left[^1] ^= 1; // the last bit of a sum, as another processor may have it
        await features.Store.TryCreate($"features/{Small.Hash[..8]}/LT-10/20260102/{audio.RecordingId}.npy", left, TestContext.Current.CancellationToken);

        await features.Publish(audio);
        var set = (await features.Hear<FeaturesExtracted>(set => set.RecordingId == audio.RecordingId))[0];

        Assert.Equal(left, await features.Store.ReadVerified(set.FeatureSetKey, set.FeatureSetSha256, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_object_that_is_no_feature_set_does_not_block_its_key()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("LT-11", "small");
        var audio = await features.Archive("LT-11", Recordings.Noise(seconds: 1, seed: 10));
        var key = $"features/{Small.Hash[..8]}/LT-11/20260102/{audio.RecordingId}.npy";
        await features.Store.TryCreate(key, "damaged"u8.ToArray(), TestContext.Current.CancellationToken);

        await features.Publish(audio);
        var set = (await features.Hear<FeaturesExtracted>(set => set.RecordingId == audio.RecordingId))[0];

        var stored = NpyFile.Read(await features.Store.ReadVerified(key, set.FeatureSetSha256, TestContext.Current.CancellationToken));
        Assert.Equal([1, 8, 63], stored.Shape);
    }

    [Fact]
    public async Task A_wrong_setting_ends_the_start_with_one_line()
    {
        var settings = features.Settings();
        settings["Extraction__Concurrency"] = "0";

        await using var service = ServiceProcess.Launch("features", settings);

        Assert.Equal(1, await service.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Contains("Extraction__Concurrency) is '0': allowed is 1 to 64.", service.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", service.Log, StringComparison.Ordinal);
    }

    private static ModelDeployed Deployed(string device, string specHash, long deployment) => new(
        $"device/{device}_all/conv-ae", Version: (int)deployment, deployment, ScopeModes.Device, [device], "models/x", "00", specHash,
        RunId: null, DatasetId: null, "test", "test", DateTimeOffset.UtcNow);
}
