using Npgsql;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Features.Datasets;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Features.Tests;

/// <summary>Every recording is a shard, and every shard is a message's work.</summary>
public sealed class SlicesFixture : FeaturesFixture
{
    public const int PatchesPerRecording = 63;

    public override Dictionary<string, string> Settings() => new(base.Settings())
    {
        ["Datasets__ShardMebibytes"] = "1",
        ["Datasets__SliceSeconds"] = "0",
    };

    /// <summary>Recordings of 63 patches of [64, 64], which are 0.98 MiB.</summary>
    public async Task Recorded(string device, int recordings)
    {
        await CreateSpec("long", hopSeconds: 0.016, nMels: 64);
        await AnnounceDevice(device, "long");
        for (var seed = 0; seed < recordings; seed++)
            await Record(device, seed);
        await DataBecomes(device, $"extracted={recordings}"); // not by what is announced, which may come twice
    }

    public async Task<List<ObjectInfo>> Shards(string prefix = "datasets/")
    {
        var shards = new List<ObjectInfo>();
        await foreach (var found in Store.List(prefix, TestContext.Current.CancellationToken))
        {
            if (found.Key.EndsWith(".npy", StringComparison.Ordinal))
                shards.Add(found);
        }

        return shards;
    }
}

public sealed class SlicesTests(SlicesFixture features) : IClassFixture<SlicesFixture>
{
    [Fact]
    public async Task A_dataset_is_written_by_as_many_messages_as_it_needs()
    {
        await features.Recorded("L-1", recordings: 6);

        var run = await features.Ask(new(), champion: null, "L-1");
        var (request, dataset) = await features.Answer(run);

        Assert.Equal(Enumerable.Repeat(SlicesFixture.PatchesPerRecording, 6), dataset.Shards.Select(shard => shard.Patches));
        foreach (var shard in dataset.Shards)
            await features.Store.ReadVerified($"datasets/{dataset.Id}/{shard.Name}", shard.Sha256, TestContext.Current.CancellationToken);
        Assert.Equal(5L, await Scalar($"SELECT slice::bigint FROM run_dataset WHERE run_id = '{run.RunId}'"));

        // A slice that came late, or twice, does nothing; the run after it in the same queue is done first.
        await features.Publish(new ContinuePreparing(run, Slice: 3));
        await features.Publish(new ContinuePreparing(run, Slice: 5));
        await features.Recorded("L-2", recordings: 2);
        await features.Answer(await features.Ask(new(), champion: null, "L-2"));
        Assert.Single(features.Heard<TrainRequested>(asked => asked.RunId == run.RunId));
        Assert.Equal(request.DatasetId, dataset.Id);
    }

    [Fact]
    public async Task Two_instances_and_two_runs_write_the_same_dataset_slice_by_slice()
    {
        await using var other = await features.StartAnother();
        await features.Recorded("L-3", recordings: 8);

        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => features.Ask(new(), champion: null, "L-3")));

        var answers = new List<TrainRequested>();
        foreach (var run in runs)
            answers.Add((await features.Answer(run)).Request);
        Assert.Single(answers.Select(answer => (answer.DatasetId, answer.DatasetManifestSha256)).Distinct());
        foreach (var run in runs)
            Assert.Single(features.Heard<TrainRequested>(asked => asked.RunId == run.RunId));
        var (_, dataset) = await features.Answer(runs[0]);
        foreach (var shard in dataset.Shards)
            await features.Store.ReadVerified($"datasets/{dataset.Id}/{shard.Name}", shard.Sha256, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Shards_that_a_finished_dataset_has_lost_are_written_again_as_they_were()
    {
        await features.Recorded("L-5", recordings: 4);
        var (first, dataset) = await features.Answer(await features.Ask(new(), champion: null, "L-5"));
        var prefix = $"datasets/{dataset.Id}/";
        await features.Store.Delete(prefix + dataset.Shards[1].Name, TestContext.Current.CancellationToken);
        await features.Store.Put(prefix + dataset.Shards[2].Name, new MemoryStream([1, 2, 3]), TestContext.Current.CancellationToken);

        var (second, _) = await features.Answer(await features.Ask(new(), champion: null, "L-5"));

        Assert.Equal((first.DatasetId, first.DatasetManifestSha256), (second.DatasetId, second.DatasetManifestSha256));
        foreach (var shard in dataset.Shards)
            await features.Store.ReadVerified(prefix + shard.Name, shard.Sha256, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_cancelled_run_is_not_prepared_any_further()
    {
        await features.Recorded("L-4", recordings: 3);
        var before = (await features.Shards()).Count;
        var run = new PrepareTraining(
            Guid.NewGuid(), $"run-{Guid.NewGuid():N}", BatchId: null, new TrainingScope(ScopeModes.Device, "scope", null, "conv-ae", "device/L-4_all/conv-ae", ["L-4"]),
            new TrainingParameters(), Champion: null, DateTimeOffset.UtcNow);
        await features.Store.TryCreate($"runs/{run.RunName}/cancelled", new byte[] { 1 }, TestContext.Current.CancellationToken);

        await features.Publish(run);
        await Eventually.Is(async () => await Scalar($"SELECT count(*) FROM run_dataset WHERE run_id = '{run.RunId}' AND claimed_by IS NOT NULL") == 1);
        await features.Publish(run with { RunId = Guid.NewGuid(), RunName = $"run-{Guid.NewGuid():N}", Parameters = new() { MinSamples = 100 } });
        await features.Hear<TrainingNotPossible>(answer => answer.Required == 100); // the queue has moved on

        Assert.Equal(before, (await features.Shards()).Count);
        Assert.Empty(features.Heard<TrainRequested>(asked => asked.RunId == run.RunId));
    }

    private async Task<long> Scalar(string sql)
    {
        await using var connection = new NpgsqlConnection(features.Database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"SET search_path = features; {sql}", connection);
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}

public sealed class KilledPreparationTests(SlicesFixture features) : IClassFixture<SlicesFixture>
{
    [Fact]
    public async Task A_killed_instance_goes_on_with_the_shards_that_stand_and_writes_a_damaged_one_again()
    {
        await features.Recorded("K-1", recordings: 60);
        var run = await features.Ask(new(), champion: null, "K-1");
        await Eventually.Is(async () => (await features.Shards()).Count >= 4, TimeSpan.FromSeconds(60));
        await features.Kill();
        var before = await features.Shards();
        Assert.InRange(before.Count, 4, 59);
        await features.Record("K-1", seed: 100); // what comes meanwhile does not change what was planned
        await features.Store.Put(before[1].Key, new MemoryStream([1, 2, 3]), TestContext.Current.CancellationToken);

        await features.Start();
        var (_, dataset) = await features.Answer(run);

        Assert.Equal(60, dataset.Shards.Count);
        foreach (var shard in dataset.Shards)
            await features.Store.ReadVerified($"datasets/{dataset.Id}/{shard.Name}", shard.Sha256, TestContext.Current.CancellationToken);
        var after = (await features.Shards()).ToDictionary(shard => shard.Key);
        // The last one may have been stored without its row: it is written again.
        Assert.All(before.Where((_, i) => i != 1).SkipLast(1), shard => Assert.Equal(shard, after[shard.Key]));
        Assert.NotEqual(before[1].ModifiedAt, after[before[1].Key].ModifiedAt);
    }
}
