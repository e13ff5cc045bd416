using System.Net;
using Dapper;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Registry.Models;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.Models;

public sealed class VersionTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task A_finished_run_becomes_a_version_that_is_deployed_and_announced()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        var completed = await Registry.Train(run, newError: 4.5);

        var ended = await Registry.Complete(run, completed);

        Assert.Equal((1, 12, 400, 200, 20, 3.5), (ended.Version, ended.Epochs, ended.Steps, ended.Patches, ended.Recordings, ended.TrainingSeconds));
        var model = await Registry.GetModel(run.ModelId);
        var version = Assert.Single(model.Versions);
        Assert.Equal((1, "1.0", VersionStates.Deployed, 4.5), (version.Version, version.Label, version.State, version.NewErrorDb2));
        Assert.Equal(completed.Thresholds, version.Thresholds);
        Assert.Equal([VersionStates.Publishing, VersionStates.Registered, VersionStates.Deployed], model.History.Select(step => step.State));
        Assert.Equal((1, 1L), (model.Champion!.Version, model.Champion.Deployment));

        var package = await Artifacts.Read(Registry.Objects, $"models/{run.ModelId}/v1", completed.PackageManifestSha256, CancellationToken);
        Assert.Equal(["config.json", "metadata.json", "model.pth"], package.Files.Keys.Order());

        await Eventually.Is(() => Registry.Heard<ModelDeployed>().Any(message => message.ModelId == run.ModelId));
        var registered = Registry.Heard<ModelVersionRegistered>().Single(message => message.ModelId == run.ModelId);
        Assert.Equal((1, "1.0", VersionStates.Registered, run.Id), (registered.Version, registered.Label, registered.State, registered.RunId));
        var deployed = Registry.Heard<ModelDeployed>().Single(message => message.ModelId == run.ModelId);
        Assert.Equal((1, 1L, ScopeModes.Device, "spec-1", "dataset-1"), (deployed.Version, deployed.Deployment, deployed.Mode, deployed.SpecHash, deployed.DatasetId));
        Assert.Equal(($"models/{run.ModelId}/v1", completed.PackageManifestSha256), (deployed.PackagePrefix, deployed.PackageManifestSha256));
        Assert.Equal(run.Devices, deployed.Devices);
    }

    [Fact]
    public async Task A_redelivered_completion_is_announced_again_but_not_registered_again()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        var completed = await Registry.Train(run);
        await Registry.Complete(run, completed);
        await Eventually.Is(() => Registered().Length == 1 && Deployed().Length == 1);

        await Registry.Publish(completed);

        await Eventually.Is(() => Registered().Length == 2 && Deployed().Length == 2);
        Assert.Equal([1L, 1L], Deployed().Select(message => message.Deployment));
        var model = await Registry.GetModel(run.ModelId);
        Assert.Single(model.Versions);
        Assert.Equal(3, model.History.Count);

        ModelVersionRegistered[] Registered() => [.. Registry.Heard<ModelVersionRegistered>().Where(message => message.ModelId == run.ModelId)];
        ModelDeployed[] Deployed() => [.. Registry.Heard<ModelDeployed>().Where(message => message.ModelId == run.ModelId)];
    }

    [Fact]
    public async Task A_completion_delivered_many_times_at_once_is_one_version()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        var completed = await Registry.Train(run);

        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Registry.Publish(completed)));

        await Eventually.Is(() => Registry.Heard<ModelVersionRegistered>().Any(message => message.ModelId == run.ModelId));
        await Registry.Complete(await Registry.StartRun(await Registry.NewDevice()));
        var model = await Registry.GetModel(run.ModelId);
        Assert.Single(model.Versions);
        Assert.Single(await Registry.Get<ModelDeployed[]>($"deployments/{run.ModelId}"));
    }

    [Fact]
    public async Task A_registration_that_died_while_copying_goes_on_with_the_same_number()
    {
        var device = await Registry.NewDevice();
        await Registry.Complete(await Registry.StartRun(device));
        var run = await Registry.StartRun(device);
        var completed = await Registry.Train(run, newError: 1, oldError: 1, comparedWith: 1);
        var reserved = await ReserveAndCopyOneFile(run, completed);

        await Registry.Complete(run, completed);

        Assert.Equal(2, reserved);
        var model = await Registry.GetModel(run.ModelId);
        Assert.Equal([1, 2], model.Versions.Select(version => version.Version));
        Assert.Equal(2, model.Champion!.Version);
        await Artifacts.Read(Registry.Objects, $"models/{run.ModelId}/v2", completed.PackageManifestSha256, CancellationToken);
    }

    private async Task<int> ReserveAndCopyOneFile(Run run, TrainingCompleted completed)
    {
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken);
        var version = await VersionStore.Reserve(connection, transaction, run.Id, DateTime.UtcNow, CancellationToken);
        await RunRegistration.Bind(connection, transaction, run.Id, version, DateTime.UtcNow, CancellationToken);
        await transaction.CommitAsync(CancellationToken);
        await Registry.Objects.Copy($"{completed.PackagePrefix}/model.pth", $"models/{run.ModelId}/v{version}/model.pth", CancellationToken);
        return version;
    }

    [Fact]
    public async Task A_run_that_is_being_published_can_no_longer_be_cancelled_or_failed_by_its_trainer()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        var completed = await Registry.Train(run);
        await ReserveAndCopyOneFile(run, completed);

        var cancelled = await Registry.Http.PostAsync($"runs/{run.Id}/cancel", null, CancellationToken);
        await Registry.Publish(new TrainingFailed(run.Id, "A frozen trainer woke up.", 0, 1, DateTimeOffset.UtcNow));

        Assert.Equal(HttpStatusCode.Conflict, cancelled.StatusCode);
        Assert.Contains("it is v1", await cancelled.Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
        Assert.Equal(1, (await Registry.Complete(run, completed)).Version);
    }

    [Fact]
    public async Task A_corrupt_package_fails_its_run_and_costs_no_number()
    {
        var device = await Registry.NewDevice();
        var run = await Registry.StartRun(device);
        var completed = await Registry.Train(run);
        using (var rot = new MemoryStream([1, 2, 3]))
            await Registry.Objects.Put($"{completed.PackagePrefix}/model.pth", rot, CancellationToken);

        await Registry.Publish(completed);

        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).State == RunStates.Failed);
        Assert.Contains("model.pth' is corrupt", (await Registry.GetRun(run.Id)).Reason, StringComparison.Ordinal);
        Assert.Equal(1, (await Registry.Complete(await Registry.StartRun(device))).Version);
    }

    [Fact]
    public async Task A_place_in_the_store_that_no_row_knows_is_passed_over_with_its_number()
    {
        var device = await Registry.NewDevice();
        var run = await Registry.StartRun(device);
        var unknown = $"models/{run.ModelId}/v1/model.pth";
        await Registry.Objects.TryCreate(unknown, "of a registry before"u8.ToArray(), CancellationToken);

        await Registry.Complete(run);

        var version = Assert.Single((await Registry.GetModel(run.ModelId)).Versions);
        Assert.Equal((2, VersionStates.Deployed), (version.Version, version.State));
        Assert.Equal("of a registry before"u8.ToArray(), await Registry.Objects.ReadAll(unknown, CancellationToken));
        Assert.Equal(3, (await Registry.Complete(await Registry.StartRun(device))).Version);
    }

    [Fact]
    public async Task A_place_that_another_package_takes_after_its_number_was_given_fails_the_run_and_rejects_the_version()
    {
        var device = await Registry.NewDevice();
        var run = await Registry.StartRun(device);
        var completed = await Registry.Train(run);
        await ReserveAndCopyOneFile(run, completed);
        await Registry.Objects.TryCreate($"models/{run.ModelId}/v1/manifest.json", "{}"u8.ToArray(), CancellationToken);

        await Registry.Publish(completed);

        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).State == RunStates.Failed);
        var rejected = Assert.Single((await Registry.GetModel(run.ModelId)).Versions);
        Assert.Equal((1, VersionStates.Rejected), (rejected.Version, rejected.State));
        Assert.Contains($"cannot be published as models/{run.ModelId}/v1", rejected.Reason, StringComparison.Ordinal);
        Assert.Equal(2, (await Registry.Complete(await Registry.StartRun(device))).Version);
    }

    [Fact]
    public async Task A_version_that_is_worse_is_rejected_with_the_evidence_and_the_champion_stays()
    {
        var device = await Registry.NewDevice();
        var first = await Registry.Complete(await Registry.StartRun(device));
        var run = await Registry.StartRun(device);
        await Eventually.Is(() => Registry.Heard<PrepareTraining>().Any(message => message.RunId == run.Id));
        Assert.Equal(1, Registry.Heard<PrepareTraining>().Single(message => message.RunId == run.Id).Champion!.Version);

        await Registry.Complete(run, await Registry.Train(run, newError: 20.5, oldError: 10, comparedWith: 1));

        var model = await Registry.GetModel(first.ModelId);
        Assert.Equal([VersionStates.Deployed, VersionStates.Rejected], model.Versions.Select(version => version.State));
        Assert.Contains("new error 20.5 dB², v1 10 dB², limit 2 × 10 = 20 dB²", model.Versions[1].Reason, StringComparison.Ordinal);
        Assert.Equal(1, model.Champion!.Version);
        await Eventually.Is(() => Registry.Heard<ModelVersionRegistered>().Any(message => message.RunId == run.Id && message.State == VersionStates.Rejected));
    }

    [Fact]
    public async Task A_champion_that_changed_meanwhile_leaves_the_version_registered()
    {
        var device = await Registry.NewDevice();
        var v1 = await Registry.Complete(await Registry.StartRun(device));
        var second = await Registry.StartRun(device);
        await Registry.Complete(second, await Registry.Train(second, newError: 1, oldError: 1, comparedWith: 1));
        var third = await Registry.StartRun(device);
        await Registry.Post("deployments", new { modelId = v1.ModelId, version = 1, actor = "ada" });

        await Registry.Complete(third, await Registry.Train(third, newError: 1, oldError: 1, comparedWith: 2));

        var model = await Registry.GetModel(v1.ModelId);
        Assert.Equal(VersionStates.Registered, model.Versions[2].State);
        Assert.Contains("made against v2, now it is v1", model.Versions[2].Reason, StringComparison.Ordinal);
        Assert.Equal((1, 2), (model.Champion!.Version, model.Previous!.Version));
    }

    [Fact]
    public async Task The_label_tells_whether_scores_stay_comparable()
    {
        var device = await Registry.NewDevice();
        string modelId = "";
        foreach (var (spec, channels) in new[] { ("spec-1", 16), ("spec-1", 16), ("spec-2", 16), ("spec-2", 32), ("spec-2", 32) })
        {
            var run = await Registry.StartRun(device);
            modelId = run.ModelId;
            await Registry.Complete(run, await Registry.Train(run, specHash: spec, channels: channels));
        }

        Assert.Equal(["1.0", "1.1", "2.0", "3.0", "3.1"], (await Registry.GetModel(modelId)).Versions.Select(version => version.Label));
    }

    [Fact]
    public async Task The_history_of_versions_cannot_be_rewritten()
    {
        await Registry.Complete(await Registry.StartRun(await Registry.NewDevice()));

        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        foreach (var sql in new[] { "UPDATE version_history SET reason = ''", "DELETE FROM version_history", "TRUNCATE version_history", "TRUNCATE model_version CASCADE" })
        {
            var exception = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => connection.ExecuteAsync(sql));
            Assert.Equal("version_history is append-only", exception.MessageText);
        }
    }
}
