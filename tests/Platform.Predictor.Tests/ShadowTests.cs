using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Predictor.Shadows;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>Versions that are scored beside the champion, through real processes.</summary>
public sealed class ShadowTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _device = RunningPredictor.NewDevice();

    [Fact]
    public async Task A_shadow_is_scored_beside_the_champion_and_never_alarms()
    {
        var champion = SampleModel.Create(_device, seed: 1);
        var shadow = SampleModel.Create(_device, seed: 2, threshold: 1e-9);
        await platform.Deploy(champion, 1);
        await Live(await Shadow(shadow, version: 2));

        var features = await Announce(8, device: _device);

        await Compared(champion.Id, 8);
        var comparison = await Compare(champion.Id);
        Assert.Equal((8, 0, 8, 8), (comparison.Total!.Recordings, comparison.Total.ChampionAnomalous, comparison.Total.ShadowAnomalous, comparison.Total.OnlyShadow));
        Assert.Equal([(champion.Id, 1, 8L)], comparison.Champions.Select(one => (one.ModelId, one.Version, one.Recordings)));
        var own = await Rows(features[0].RecordingId);
        Assert.Equal(shadow.Score(SampleAudio.Hum(0)), Assert.Single(own).Score!.Value, 1e-5 * own[0].Score!.Value);

        var predictions = await platform.Predictions(_device);
        Assert.Equal((8, "normal", 1), (predictions.Length, Assert.Single(predictions.Select(row => row.Verdict).Distinct()), predictions.Max(row => row.Version)));
        Assert.Empty(await platform.Get<AlarmRow[]>($"alarms?device={_device}"));
        Assert.DoesNotContain(platform.Bus.Heard<AnomalyDetected>(), one => one.Device == _device);
        Assert.DoesNotContain(platform.Bus.Heard<RecordingScored>(), one => one.Device == _device && one.Version != 1);
    }

    [Fact]
    public async Task A_recording_is_scored_once_by_a_shadow_however_often_it_comes()
    {
        await platform.Deploy(SampleModel.Create(_device, seed: 1), 1);
        await Live(await Shadow(SampleModel.Create(_device, seed: 2), version: 2));
        var features = await platform.StoreFeatures(SampleAudio.Hum(), _device, Noon);

        for (var delivery = 0; delivery < 5; delivery++)
            await platform.Bus.Publish(features);
        await Eventually.Is(() => platform.Bus.Heard<RecordingScored>().Count(one => one.RecordingId == features.RecordingId) == 5, Patience);
        await Eventually.Is(async () => (await Rows(features.RecordingId)).Length == 1, Patience);
        await QueueIsEmpty();

        Assert.Equal("scored", Assert.Single(await Rows(features.RecordingId)).Outcome);
    }

    [Fact]
    public async Task Recordings_that_came_before_a_replica_had_heard_of_their_shadow_are_compared_all_the_same()
    {
        var champion = SampleModel.Create(_device, seed: 1);
        await platform.Deploy(champion, 1);
        await Announce(1, _device);
        await QueueIsEmpty();
        // As far ahead as a registry's clock may be: what has come by now is from before the shadow all the same.
        var shadow = (await Shadow(SampleModel.Create(_device, seed: 2), version: 2)) with { StartedAt = DateTimeOffset.UtcNow + PassedOver.ClockDifference };
        var missed = await Announce(4, _device, from: 10);
        await QueueIsEmpty();
        Assert.Empty(await Rows(missed[0].RecordingId));

        await Live(shadow); // late, as if the broker had kept the word back

        await Compared(champion.Id, 4);
        foreach (var recording in missed)
            Assert.Equal("scored", Assert.Single(await Rows(recording.RecordingId)).Outcome);
    }

    [Fact]
    public async Task An_ended_shadow_is_scored_no_more_and_a_lower_revision_changes_nothing()
    {
        var champion = SampleModel.Create(_device, seed: 1);
        await platform.Deploy(champion, 1);
        var live = await Shadow(SampleModel.Create(_device, seed: 2), version: 2, revision: 10);
        await Live(live);
        await Announce(2, _device);
        await Compared(champion.Id, 2);

        await platform.Bus.Publish(live with { State = ShadowStates.Dropped, Revision = 11 });
        await Eventually.Is(async () => (await Compare(champion.Id)).State == ShadowStates.Dropped, Patience);
        await platform.Bus.Publish(live);
        await platform.Bus.Publish(live with { Revision = 11 });
        await Announce(3, _device, from: 100);
        await Eventually.Is(async () => (await platform.Predictions(_device)).Length == 5, Patience);
        await QueueIsEmpty();

        var after = await Compare(champion.Id);
        Assert.Equal((ShadowStates.Dropped, 2L), (after.State, after.Total!.Recordings));
    }

    [Fact]
    public async Task A_corrupt_package_is_reported_and_the_champion_goes_on()
    {
        var champion = SampleModel.Create(_device, seed: 1);
        await platform.Deploy(champion, 1);
        var shadow = await Shadow(SampleModel.Create(_device, seed: 2), version: 2);
        await File.WriteAllTextAsync(platform.PathOf($"{shadow.PackagePrefix}/model.pth"), "nothing that torch reads", TestContext.Current.CancellationToken);

        await platform.Bus.Publish(shadow);

        await Eventually.Is(() => platform.Bus.Heard<ShadowRejected>().Any(one => one.ModelId == champion.Id), Patience);
        var rejected = platform.Bus.Heard<ShadowRejected>().First(one => one.ModelId == champion.Id);
        Assert.Equal((shadow.ShadowId, 2, shadow.Revision), (rejected.ShadowId, rejected.Version, rejected.Revision));
        Assert.Contains("model.pth", rejected.Reason, StringComparison.Ordinal);
        var features = await platform.StoreFeatures(SampleAudio.Hum(), _device, Noon);
        await platform.Bus.Publish(features);
        var scored = await platform.Scored(features.RecordingId);
        Assert.Equal(1, scored.Version);
        Assert.Equal(champion.Score(SampleAudio.Hum()), scored.Score, 1e-5 * scored.Score);
        await QueueIsEmpty();
        Assert.Empty(await Rows(features.RecordingId));
        Assert.DoesNotContain("predictor-shadow-scores_error", (await platform.Vhost.Queues()).Keys); // made with the first message that fails
        Assert.DoesNotContain(platform.Bus.Heard<ModelRejected>(), one => one.ModelId == champion.Id);
    }

    [Fact]
    public async Task Patches_of_another_extraction_are_reported_as_not_comparable_until_the_right_ones_come()
    {
        var other = SampleAudio.Spec with { Extraction = SampleAudio.Spec.Extraction with { NMels = 40 } };
        var champion = SampleModel.Create(_device, seed: 1);
        await platform.Deploy(champion, 1);
        await Live(await Shadow(SampleModel.Create(_device, seed: 2, spec: other), version: 2));

        var features = await Announce(3, _device);
        await Eventually.Is(async () => (await Compare(champion.Id)).NotComparable is [{ Recordings: 3 }], Patience);
        var before = await Compare(champion.Id);
        var right = await platform.StoreFeatures(SampleAudio.Hum(), _device, Noon, other);
        await platform.Bus.Publish(right with { RecordingId = features[0].RecordingId });
        await Compared(champion.Id, 1);

        Assert.Null(before.Total);
        Assert.Equal("other_extraction", before.NotComparable[0].Outcome);
        Assert.Contains(other.Extraction.Hash, before.NotComparable[0].Example, StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single((await Compare(champion.Id)).NotComparable).Recordings);

        // The other patches again: what is scored stays.
        await platform.Bus.Publish(features[0]);
        await QueueIsEmpty();
        Assert.Equal("scored", Assert.Single(await Rows(features[0].RecordingId)).Outcome);
    }

    [Fact]
    public async Task A_replica_that_starts_later_learns_from_the_registry_which_shadows_there_are()
    {
        var shadow = await Shadow(SampleModel.Create(_device, seed: 2), version: 7);
        platform.Registry.Shadows[shadow.ModelId] = shadow;

        var late = await platform.AddReplica();

        await Eventually.Is(async () => await StateOf(late, shadow.ModelId) == ShadowStates.Live, Patience);

        // So does one whose broker was away: it asks again when its queue is bound again, and what it missed is newer.
        platform.Registry.Shadows[shadow.ModelId] = shadow with { Revision = shadow.Revision + 1, State = ShadowStates.Superseded };
        await Eventually.Is(
            async () =>
            {
                await platform.Vhost.DropConnections("predictor "); // listed some seconds after they were made, so this one may be missed at first
                return await StateOf(late, shadow.ModelId) == ShadowStates.Superseded;
            },
            TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_comparison_counts_verdicts_over_time_and_knows_what_people_said()
    {
        var champion = SampleModel.Telling(_device, seed: 1, SampleAudio.Hum(), SampleAudio.Rattle());
        await platform.Deploy(champion, 1);
        await Live(await Shadow(SampleModel.Create(_device, seed: 2, threshold: 1e-9), version: 2));

        // Six hours: three normal recordings, then three faulty ones.
        var ids = new List<Guid>();
        for (var hour = 0; hour < 6; hour++)
        {
            var features = await platform.StoreFeatures(hour < 3 ? SampleAudio.Hum(hour) : SampleAudio.Rattle(hour), _device, Noon.AddHours(hour));
            await platform.Bus.Publish(features);
            await platform.Scored(features.RecordingId);
            ids.Add(features.RecordingId);
        }

        await Compared(champion.Id, 6);
        await Label(ids[0], "verified_normal");
        await Label(ids[1], "normal");
        await Label(ids[4], "anomalous");

        var comparison = await Compare(champion.Id, "?buckets=2");
        var total = comparison.Total!;
        Assert.Equal((6, 3, 6, 0, 3, 0, 3), (total.Recordings, total.ChampionAnomalous, total.ShadowAnomalous, total.BothNormal, total.BothAnomalous, total.OnlyChampion, total.OnlyShadow));
        Assert.Equal((2, 0, 2, 1, 1, 1), (total.LabelledNormal, total.ChampionFalseAlarms, total.ShadowFalseAlarms, total.LabelledAnomalous, total.ChampionFound, total.ShadowFound));
        Assert.Equal([(3L, 0L), (3L, 3L)], comparison.Over.Select(time => (time.Verdicts.Recordings, time.Verdicts.ChampionAnomalous)));
        Assert.Equal((Noon, Noon.AddHours(5)), (comparison.Over[0].From, comparison.Over[1].To));
        Assert.InRange(comparison.Over[0].Verdicts.ChampionMedian!.Value, 0, 1);
        Assert.True(comparison.Over[1].Verdicts.ChampionMedian > 1 && total.Shadow95 >= total.ShadowMedian && total.ShadowMedian > 1);
        Assert.Equal(_device, Assert.Single(comparison.Devices).Device);

        var later = await Compare(champion.Id, $"?from={Uri.EscapeDataString(Noon.AddHours(3).ToString("O"))}&device={_device}");
        Assert.Equal((3, 3), (later.Total!.Recordings, later.Total.ChampionAnomalous));
        Assert.Null((await Compare(champion.Id, "?device=LT-none")).Total);
    }

    [Theory]
    [InlineData("device/NONE_all/conv-ae", HttpStatusCode.NotFound, "was ever a shadow")]
    [InlineData("device/NONE_all/conv-ae?buckets=0", HttpStatusCode.BadRequest, "buckets is 0; allowed are 1 to 500")]
    [InlineData("device/NONE_all/conv-ae?version=0", HttpStatusCode.BadRequest, "version is 0")]
    [InlineData("device/NONE_all/conv-ae?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", HttpStatusCode.BadRequest, "allowed is a time before to")]
    public async Task A_comparison_that_makes_no_sense_is_named(string path, HttpStatusCode status, string detail)
    {
        using var response = await platform.Replica.Http.GetAsync($"comparisons/{path}", TestContext.Current.CancellationToken);

        Assert.Equal(status, response.StatusCode);
        Assert.Contains(detail, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static async Task<string?> StateOf(ServiceProcess replica, string modelId) =>
        (await replica.Http.GetFromJsonAsync<JsonElement>($"comparisons/{modelId}", TestContext.Current.CancellationToken)).GetProperty("state").GetString();

    private async Task<ShadowDeployed> Shadow(SampleModel model, int version, long revision = 1)
    {
        var deployed = await model.Publish(platform.Objects, version, deployment: 1);
        return new(
            Random.Shared.NextInt64(1, long.MaxValue), deployed.ModelId, version, revision, ShadowStates.Live, deployed.Mode, deployed.Devices,
            deployed.PackagePrefix, deployed.PackageManifestSha256, deployed.SpecHash, "test", "test", DateTimeOffset.UtcNow, DateTimeOffset.UtcNow);
    }

    private async Task Live(ShadowDeployed shadow)
    {
        await platform.Bus.Publish(shadow);
        await Eventually.Is(async () => (await Compare(shadow.ModelId)).State == ShadowStates.Live, Patience);
    }

    private async Task<List<FeaturesExtracted>> Announce(int recordings, string device, int from = 0)
    {
        var announced = new List<FeaturesExtracted>();
        for (var i = from; i < from + recordings; i++)
        {
            announced.Add(await platform.StoreFeatures(SampleAudio.Hum(i), device, Noon.AddMinutes(i)));
            await platform.Bus.Publish(announced[^1]);
        }

        return announced;
    }

    private Task Compared(string modelId, long recordings) =>
        Eventually.Is(async () => (await Compare(modelId)).Total?.Recordings == recordings, Patience, $"{recordings} recordings are compared");

    /// <summary>A sentinel of another device that has a shadow of its own comes after everything that was announced before.</summary>
    private async Task QueueIsEmpty()
    {
        var device = RunningPredictor.NewDevice();
        await Live(await Shadow(SampleModel.Create(device, seed: 3), version: 1));
        var sentinel = await Announce(1, device);
        await Eventually.Is(async () => (await Rows(sentinel[0].RecordingId)).Length == 1, Patience);
    }

    private Task<ComparisonAnswer> Compare(string modelId, string query = "") => platform.Get<ComparisonAnswer>($"comparisons/{modelId}{query}");

    private Task<ShadowRow[]> Rows(Guid recordingId) =>
        platform.Rows<ShadowRow>("SELECT outcome, score FROM predictor.shadow_score WHERE recording_id = @recordingId", new { recordingId });

    private Task<int[]> Label(Guid recordingId, string label) => platform.Rows<int>(
        """
        INSERT INTO predictor.recording_label (recording_id, device, label, revision, labelled_at)
        VALUES (@recordingId, @_device, @label, 1, now())
        RETURNING 1
        """,
        new { recordingId, _device, label });

    private sealed record ShadowRow(string Outcome, double? Score);

    private sealed record ComparisonAnswer(
        string ModelId, int Version, string? State, Verdicts? Total, Time[] Over, OneDevice[] Devices, Champion[] Champions, long OnlyShadow, Excluded[] NotComparable);

    private sealed record Verdicts(
        long Recordings, long ChampionAnomalous, long ShadowAnomalous, long BothNormal, long BothAnomalous, long OnlyChampion, long OnlyShadow,
        double? ChampionMedian, double? Champion95, double? ShadowMedian, double? Shadow95,
        long LabelledNormal, long ChampionFalseAlarms, long ShadowFalseAlarms, long LabelledAnomalous, long ChampionFound, long ShadowFound);

    private sealed record Time(DateTimeOffset From, DateTimeOffset To, Verdicts Verdicts);

    private sealed record OneDevice(string Device, Verdicts Verdicts);

    private sealed record Champion(string ModelId, int Version, long Recordings);

    private sealed record Excluded(string Outcome, long Recordings, string Example);
}
