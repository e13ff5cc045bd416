using System.Net;
using System.Text.Json;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Registry.Retention;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.Retention;

public sealed class RetentionTests(RegistryFixture registry) : RetentionTest(registry)
{
    [Fact]
    public async Task Newest_served_aliased_and_needed_versions_stay_and_a_dry_run_says_so_before()
    {
        var (modelId, runs) = await NewVersions(9);
        await Deploy(modelId, (1, 60), (2, 50), (3, 25), (4, 20), (5, 10));
        var active = await Registry.StartRun(runs[0].Devices[0]);
        await Execute("UPDATE run SET champion_version = 6 WHERE id = @Id", new { active.Id });

        // v2 was deployed 50 days ago, but served until 25 days ago.
        var foreseen = await Sweep(new { dryRun = true, keepVersions = 2, keepDays = 30 });
        Assert.DoesNotContain(VersionStates.Deleted, (await States(modelId)).Select(version => version.Item2));
        var report = await Sweep(new { keepVersions = 2, keepDays = 30, actor = "ada" });

        Assert.Equal([$"models/{modelId}/v1", $"models/{modelId}/v7"], Of(foreseen.Result!.Marked));
        Assert.Equal(Of(foreseen.Result.Marked), Of(report.Result!.Marked));
        Assert.Equal([1, 7], (await States(modelId)).Where(version => version.Item2 == VersionStates.Deleted).Select(version => version.Item1));
        var history = (await Registry.GetModel(modelId)).History.Single(step => step is { Version: 7, State: VersionStates.Deleted });
        Assert.Equal("ada", history.Actor);
        Assert.Contains("not among the last 2 versions", history.Reason, StringComparison.Ordinal);

        string[] Of(Tally tally) => [.. tally.Examples.Where(prefix => prefix.StartsWith($"models/{modelId}/", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task A_marked_version_keeps_its_objects_for_the_grace_and_then_its_row_for_good()
    {
        var (modelId, runs) = await NewVersions(3);
        await Deploy(modelId, (3, 0));
        await Registry.Objects.TryCreate($"runs/{runs[0].Name}/checkpoints/checkpoint-40/state.bin", new byte[100], CancellationToken);
        await Registry.Objects.TryCreate($"runs/{runs[0].Name}/model/pytorch_model.bin", new byte[50], CancellationToken);
        await Registry.Objects.TryCreate($"runs/{runs[0].Name}/logs/training.log", new byte[10], CancellationToken);

        var marked = await Sweep(new { keepVersions = 1, keepDays = 0, grace = "7.00:00:00" });
        Assert.Equal(4, (await Keys($"models/{modelId}/v1/")).Count);
        Assert.Contains($"models/{modelId}/v1", marked.Result!.Waiting.Examples);
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync($"models/{modelId}/versions/1/package.zip", CancellationToken)).StatusCode);

        await LetPass(8);
        var swept = await Sweep(new { keepVersions = 1, keepDays = 0, grace = "7.00:00:00" });
        await Sweep(new { keepVersions = 1, keepDays = 0, grace = "7.00:00:00" });

        Assert.Empty(await Keys($"models/{modelId}/v1/"));
        Assert.Empty(await Keys($"models/{modelId}/v2/"));
        Assert.Equal(4, (await Keys($"models/{modelId}/v3/")).Count);
        Assert.Contains($"models/{modelId}/v1", swept.Result!.Swept.Examples);
        Assert.Equal(
            [(1, VersionStates.Deleted), (2, VersionStates.Deleted), (3, VersionStates.Deployed)], await States(modelId));
        Assert.Equal([$"runs/{runs[0].Name}/logs/training.log"], await Keys($"runs/{runs[0].Name}/"));
        Assert.Equal(4, (await Registry.Complete(await Registry.StartRun(runs[0].Devices[0]))).Version);
    }

    [Fact]
    public async Task A_deleted_version_cannot_be_deployed()
    {
        var (modelId, _) = await NewVersions(2);
        await Sweep(new { keepVersions = 1 });

        var response = await Registry.Post("deployments", new { modelId, version = 1 });

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Contains("retention has taken its package away", await response.Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deployment_that_races_with_the_mark_wins_or_loses_but_is_never_without_its_package()
    {
        var models = new List<string>();
        for (var number = 0; number < 12; number++)
            models.Add((await NewVersions(2)).ModelId);

        var sweep = Sweep(new { keepVersions = 1, grace = "00:00:00" });
        var deployments = await Task.WhenAll(models.Select(async modelId =>
            (ModelId: modelId, (await Registry.Post("deployments", new { modelId, version = 1 })).StatusCode)));
        await sweep;

        foreach (var (modelId, status) in deployments)
        {
            var state = (await States(modelId)).First().Item2;
            Assert.Equal(status == HttpStatusCode.Created ? VersionStates.Deployed : VersionStates.Deleted, state);
            Assert.Equal(status == HttpStatusCode.Created ? 4 : 0, (await Keys($"models/{modelId}/v1/")).Count);
        }
    }

    [Fact]
    public async Task A_sweep_that_died_between_manifest_and_files_is_finished_by_the_next_one()
    {
        var (modelId, _) = await NewVersions(2);
        await Sweep(new { keepVersions = 1 });
        await Registry.Objects.Delete($"models/{modelId}/v1/manifest.json", CancellationToken);

        await Sweep(new { keepVersions = 1, grace = "00:00:00" });

        Assert.Empty(await Keys($"models/{modelId}/v1/"));
    }

    [Fact]
    public async Task A_registry_that_is_killed_while_it_sweeps_leaves_no_row_that_claims_a_package_that_is_gone()
    {
        var models = new List<string>();
        for (var number = 0; number < 10; number++)
            models.Add((await NewVersions(3)).ModelId);

        await Registry.Post("retention", new { keepVersions = 1, grace = "00:00:00" });
        await Registry.Crash();
        foreach (var modelId in models)
        {
            foreach (var version in (await Registry.GetModel(modelId)).Versions.Where(version => version.State != VersionStates.Deleted))
                Assert.Contains($"{version.PackagePrefix}/manifest.json", await Keys($"{version.PackagePrefix}/"));
        }

        await Sweep(new { keepVersions = 1, grace = "00:00:00" });
        foreach (var modelId in models)
        {
            Assert.Equal([(1, VersionStates.Deleted), (2, VersionStates.Deleted), (3, VersionStates.Registered)], await States(modelId));
            Assert.Equal(4, (await Keys($"models/{modelId}/")).Count);
        }

        Assert.DoesNotContain(await Registry.Get<RetentionReport[]>("retention"), report => report.State == "running");
    }

    [Fact]
    public async Task A_package_that_a_row_claims_and_the_store_lost_is_reported()
    {
        var (modelId, _) = await NewVersions(1);
        await Registry.Objects.Delete($"models/{modelId}/v1/manifest.json", CancellationToken);

        var report = await Sweep(new { dryRun = true });

        Assert.Contains($"models/{modelId}/v1", report.Result!.Missing.Examples);
        Assert.Equal([(1, VersionStates.Registered)], await States(modelId));
    }

    [Fact]
    public async Task One_sweep_at_a_time_over_all_replicas()
    {
        await using var lockHolder = await RetentionLock.TryTake(Registry.Database, CancellationToken);
        Assert.NotNull(lockHolder);

        var response = await Registry.Post("retention", new { dryRun = true });

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
    }

    [Theory]
    [InlineData("keepVersions", "0")]
    [InlineData("keepDays", "-1")]
    [InlineData("grace", "\"-1.00:00:00\"")]
    public async Task A_value_out_of_range_is_refused_by_name(string field, string value)
    {
        var response = await Registry.Post("retention", JsonSerializer.Deserialize<JsonElement>($$"""{ "dryRun": true, "{{field}}": {{value}} }"""));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(field, await response.Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
    }
}
