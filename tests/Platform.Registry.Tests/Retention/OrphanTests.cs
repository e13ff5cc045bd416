using Platform.Contracts;
using Platform.Hosting;
using Platform.Registry.Retention;
using Platform.Testing;

namespace Platform.Registry.Tests.Retention;

public sealed class OrphanTests(RegistryFixture registry) : RetentionTest(registry)
{
    [Fact]
    public async Task Objects_that_no_row_knows_go_after_the_grace_counted_from_when_they_were_found()
    {
        string[] orphans = ["models/device/GONE-1_all/conv-ae/v7", "runs/of_another_registry"];
        await Registry.Objects.TryCreate($"{orphans[0]}/model.pth", new byte[70], CancellationToken);
        await Registry.Objects.TryCreate($"{orphans[1]}/logs/training.log", new byte[30], CancellationToken);
        await LetPass(100);

        var first = await Sweep(new { grace = "7.00:00:00" });
        await LetPass(6);
        await Sweep(new { grace = "7.00:00:00" });
        Assert.Equal(2, (await Keys("models/device/GONE-1_all/")).Concat(await Keys(orphans[1])).Count());
        await LetPass(2);
        var foreseen = await Sweep(new { grace = "7.00:00:00", dryRun = true });
        var last = await Sweep(new { grace = "7.00:00:00" });

        Assert.Equal(orphans, first.Result!.Orphans.Examples);
        Assert.Equal((2, 2, 100), (foreseen.Result!.SweptOrphans.Count, foreseen.Result.SweptOrphans.Objects, foreseen.Result.SweptOrphans.Bytes));
        Assert.Equal((2, 2, 100), (last.Result!.SweptOrphans.Count, last.Result.SweptOrphans.Objects, last.Result.SweptOrphans.Bytes));
        Assert.Empty((await Keys("models/device/GONE-1_all/")).Concat(await Keys(orphans[1])));
    }

    [Fact]
    public async Task An_orphan_that_somebody_still_writes_to_begins_its_grace_anew()
    {
        const string prefix = "models/device/GONE-2_all/conv-ae/v1";
        await Registry.Objects.TryCreate($"{prefix}/model.pth", new byte[1], CancellationToken);
        await Sweep(new { });
        await LetPass(8);
        await Registry.Objects.TryCreate($"{prefix}/config.json", new byte[1], CancellationToken);

        await Sweep(new { });

        Assert.Equal(2, (await Keys(prefix)).Count);
    }

    [Fact]
    public async Task After_a_restore_of_the_database_nothing_in_the_store_is_swept_within_the_grace_and_no_number_is_given_twice()
    {
        var (modelId, runs) = await NewVersions(1);
        await Registry.BackUpDatabase();
        var device = runs[0].Devices[0];
        var lost = new[]
        {
            await Registry.Complete(await Registry.StartRun(device)),
            await Registry.Complete(await Registry.StartRun(device)),
        };
        await LetPass(20);
        var before = await Keys($"models/{modelId}/");

        await Registry.RestoreDatabase();
        Assert.Equal([(1, VersionStates.Registered)], await States(modelId));
        var report = await Sweep(new { });
        var next = await Registry.Complete(await Registry.StartRun(device));

        Assert.Equal(4, next.Version);
        Assert.Equal([$"models/{modelId}/v2", $"models/{modelId}/v3"], report.Result!.Orphans.Examples.Where(prefix => prefix.StartsWith($"models/{modelId}/", StringComparison.Ordinal)));
        Assert.Subset((await Keys($"models/{modelId}/")).ToHashSet(), before.ToHashSet());
        foreach (var run in lost)
            Assert.NotEmpty(await Keys($"runs/{run.Name}/"));
    }

    [Theory]
    [InlineData("models/device/LT-2_all/conv-ae/v3/model.pth", "models/device/LT-2_all/conv-ae/v3", "device/LT-2_all/conv-ae", 3)]
    [InlineData("models/device/LT-2_all/conv-ae/v12/scales/v3.npy", "models/device/LT-2_all/conv-ae/v12", "device/LT-2_all/conv-ae", 12)]
    [InlineData("models/global/selected_devices/v1/pooled/conv-ae/v2/model.pth", "models/global/selected_devices/v1/pooled/conv-ae/v2", "global/selected_devices/v1/pooled/conv-ae", 2)]
    [InlineData("models/device/LT-2_all/conv-ae/v1/.publishing/0123/model.pth", "models/device/LT-2_all/conv-ae/v1", "device/LT-2_all/conv-ae", 1)]
    [InlineData("models/readme.txt", "models/readme.txt", null, 0)]
    [InlineData("models/device/LT-2_all/conv-ae/v007/model.pth", "models/device/LT-2_all/conv-ae/v007/model.pth", null, 0)]
    public void A_key_belongs_to_the_folder_of_its_version(string key, string prefix, string? modelId, int version)
    {
        var folder = StoredFolders.PackageOf(key);

        Assert.Equal((prefix, modelId, version), (folder.Prefix, folder.ModelId, folder.Version));
    }
}
