using Platform.Contracts;
using Platform.Dsp;

namespace Platform.Features.Tests;

public sealed class SelectionTests(FeaturesFixture features) : IClassFixture<FeaturesFixture>
{
    private static readonly ChampionVersion Champion = new(1, "models/x", "00", "hash");

    [Fact]
    public async Task An_incremental_run_takes_its_day_and_what_is_pending_and_adds_to_what_is_trained()
    {
        await Device("S-1");
        var old = await Record("S-1", "20260101", 1, 2, 3);
        var (full, dataset) = await features.Answer(await features.Ask(new(), champion: null, "S-1"));
        await features.Deploy(full, dataset, deployment: 1);
        await features.DataBecomes("S-1", "trained=3 pending=0 state=up_to_date");
        var forgotten = await Record("S-1", "20260102", 4);
        var yesterday = await Record("S-1", "20260104", 5, 6);

        var (first, day) = await features.Answer(await features.Ask(Incremental, Champion, "S-1"));
        Assert.Equal([.. forgotten, .. yesterday], Ids(day));
        Assert.Equal(("incremental", "20260104"), (day.Selection.Mode, day.Selection.Days!.Single()));
        await features.Deploy(first, day, deployment: 2);
        await features.DataBecomes("S-1", "trained=6 pending=0 state=up_to_date");

        var today = await Record("S-1", "20260105", 7);
        var (_, again) = await features.Answer(await features.Ask(Incremental with { UseDaysAgo = 4 }, Champion, "S-1"));
        Assert.Equal([.. old, .. today], Ids(again)); // the day asked for, trained or not

        await features.Deploy(full, dataset, deployment: 3); // a rollback
        await features.DataBecomes("S-1", "trained=3 pending=4 state=retrain_needed reason=new_data");
    }

    [Fact]
    public async Task The_day_of_an_incremental_run_is_that_of_the_plant()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("S-2", "small", timeZone: "Pacific/Kiritimati"); // noon of the 5th in UTC is 2 h of the 6th
        await Record("S-2", "20260104", 1);
        var (full, dataset) = await features.Answer(await features.Ask(new() { MinSamples = 1 }, champion: null, "S-2"));
        await features.Deploy(full, dataset, deployment: 1);
        await features.DataBecomes("S-2", "trained=1 state=up_to_date");
        var fifth = await Record("S-2", "20260105", 2);

        var (_, day) = await features.Answer(await features.Ask(Incremental with { MinSamples = 1 }, Champion, "S-2"));

        Assert.Equal((fifth[0], "20260105"), (Assert.Single(Ids(day)), day.Selection.Days!.Single()));
    }

    [Fact]
    public async Task What_sounds_unlike_the_rest_is_screened_out_without_being_read_and_makes_no_retraining_necessary()
    {
        await Device("S-3");
        await Record("S-3", "20260102", [.. Enumerable.Range(1, 11)]);
        var loud = await features.Record("S-3", seed: 12, amplitude: 30_000);
        var set = (await features.Hear<FeaturesExtracted>(extracted => extracted.RecordingId == loud.RecordingId))[0];
        await features.Store.Delete(set.FeatureSetKey, TestContext.Current.CancellationToken);
        await features.Store.Delete(loud.ObjectKey, TestContext.Current.CancellationToken);

        var (request, dataset) = await features.Answer(await features.Ask(new(), champion: null, "S-3"));

        Assert.Equal(11, dataset.Recordings.Count);
        var bounds = Assert.Single(dataset.Screen!.Devices);
        var outlier = Assert.Single(dataset.Screen.ScreenedOut);
        Assert.Equal((12, loud.RecordingId, "S-3", loud.RecordedAt), (bounds.Recordings, outlier.RecordingId, outlier.Device, outlier.RecordedAt));
        Assert.InRange(outlier.Rms, 5 * bounds.RmsMax, 1);
        await features.Deploy(request, dataset, deployment: 1);
        await features.DataBecomes("S-3", "extracted=12 trained=11 passedOver=1 pending=0 state=up_to_date reason=");

        await features.Publish(new RecordingLabelled(loud.RecordingId, "S-3", Labels.VerifiedNormal, 1, "test", DateTimeOffset.UtcNow));
        await features.DataBecomes("S-3", "trained=11 passedOver=0 pending=1 state=retrain_needed reason=label");
    }

    [Fact]
    public async Task Hours_are_drawn_by_the_seed_and_the_same_draw_is_not_written_twice()
    {
        await Device("S-4");
        await Record("S-4", "20260102", [.. Enumerable.Range(1, 9)]);
        var parameters = new TrainingParameters { SampleHours = 7 / 3600.0, Seed = 1 }; // of 2 s each

        var (one, dataset) = await features.Answer(await features.Ask(parameters, champion: null, "S-4"));
        Assert.Equal(4, dataset.Recordings.Count);
        Assert.Equal(("hours", 1L, 7 / 3600.0), (dataset.Selection.Sampling, dataset.Selection.Seed, dataset.Selection.SampleHours));
        var before = await Objects(one.DatasetId);
        var (same, _) = await features.Answer(await features.Ask(parameters, champion: null, "S-4"));
        Assert.Equal((one.DatasetId, one.DatasetManifestSha256), (same.DatasetId, same.DatasetManifestSha256));
        Assert.Equal(before, await Objects(one.DatasetId));

        var ids = new HashSet<string>();
        for (var seed = 2; seed < 5; seed++)
            ids.Add((await features.Answer(await features.Ask(parameters with { Seed = seed }, champion: null, "S-4"))).Request.DatasetId);
        Assert.DoesNotContain(one.DatasetId, ids);

        await features.Deploy(one, dataset, deployment: 1);
        await features.DataBecomes("S-4", "trained=4 passedOver=5 pending=0 state=up_to_date");
    }

    [Fact]
    public async Task Too_few_recordings_are_counted_by_what_became_of_the_others()
    {
        await Device("S-5");
        var recordings = await Record("S-5", "20260104", [.. Enumerable.Range(1, 11)]);
        await features.Record("S-5", seed: 12, day: "20260104", amplitude: 30_000);
        await Record("S-5", "20260101", 13, 14);
        await features.Publish(await features.Archive("S-5", Recordings.Noise(seconds: 0.5, seed: 15)));
        await features.Publish(new RecordingLabelled(recordings[0], "S-5", Labels.Anomalous, 1, "test", DateTimeOffset.UtcNow));
        await features.DataBecomes("S-5", "recordings=15 extracted=14 failed=1 excluded=1");

        var run = await features.Ask(new() { FromDay = "2026-01-02", MinSamples = 20 }, champion: null, "S-5");

        var answer = (await features.Hear<TrainingNotPossible>(answer => answer.RunId == run.RunId))[0];
        Assert.Equal((10, 20), (answer.Available, answer.Required));
        Assert.Equal(
            "10 of the 15 recordings of S-5 can be used, 20 are needed: 1 excluded as anomalous, 1 failed extraction, 2 outside the dates, 1 screened out.",
            answer.Reason);
    }

    private static TrainingParameters Incremental => new() { Mode = TrainingModes.Incremental };

    private static IEnumerable<Guid> Ids(DatasetManifest dataset) => dataset.Recordings.Select(recording => recording.RecordingId);

    private async Task Device(string device)
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice(device, "small");
    }

    private async Task<Guid[]> Record(string device, string day, params int[] seeds)
    {
        var ids = new List<Guid>();
        foreach (var seed in seeds)
            ids.Add((await features.Record(device, seed, day)).RecordingId);
        foreach (var id in ids)
            await features.Hear<FeaturesExtracted>(set => set.RecordingId == id);
        return [.. ids];
    }

    private async Task<List<Hosting.ObjectInfo>> Objects(string dataset)
    {
        var objects = new List<Hosting.ObjectInfo>();
        await foreach (var one in features.Store.List($"datasets/{dataset}/", TestContext.Current.CancellationToken))
            objects.Add(one);
        return objects;
    }
}
