using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Registry.Models;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.Models;

/// <summary>Version numbers of one model under writers that race, give up and die.</summary>
public sealed class WriterTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task Thirty_two_writers_at_once_get_numbers_without_gaps_though_some_roll_back()
    {
        var (modelId, runs) = await ActiveRuns(32);

        var reserved = await Task.WhenAll(runs.Select((run, index) => Reserve(run, commit: index % 4 != 0)));

        Assert.Equal(Enumerable.Range(1, 24), reserved.OfType<int>().Order());
        Assert.Equal(24, (await Registry.GetModel(modelId)).Versions.Count);
        Assert.Equal(24, await LastVersion(modelId));
    }

    [Fact]
    public async Task Sixty_four_writers_whose_connections_are_cut_in_between_leave_neither_gap_nor_double()
    {
        var (modelId, runs) = await ActiveRuns(64);
        await using var admin = await Registry.Database.OpenConnectionAsync(CancellationToken);
        using var oneAtATime = new SemaphoreSlim(1);
        var cut = 0;

        var reserved = await Task.WhenAll(runs.Select(async (run, index) =>
        {
            // Some lose their connection once or twice with the number in hand, and come again.
            for (var deaths = index % 3; deaths > 0; deaths--)
                await Assert.ThrowsAnyAsync<Exception>(() => Reserve(run, commit: true, beforeCommit: Terminate));
            return await Reserve(run, commit: true);
        }));

        Assert.Equal(63, cut);
        Assert.Equal(Enumerable.Range(1, 64), reserved.OfType<int>().Order());
        Assert.Equal(runs.Order(), (await Registry.GetModel(modelId)).Versions.Select(version => version.RunId).Order());
        Assert.Equal(64, await LastVersion(modelId));

        async Task Terminate(int backend)
        {
            await oneAtATime.WaitAsync(CancellationToken);
            try
            {
                // The owner of a connection may end it.
                Assert.True(await admin.ExecuteScalarAsync<bool>("SELECT pg_terminate_backend(@backend)", new { backend }));
                cut++;
            }
            finally
            {
                oneAtATime.Release();
            }
        }
    }

    [Fact]
    public async Task Sixty_four_registrations_of_one_model_are_all_accounted_for_though_registries_are_killed_in_between()
    {
        var (modelId, ids) = await ActiveRuns(64);
        var replicas = new List<ServiceProcess>();
        try
        {
            for (var number = 0; number < 2; number++)
                replicas.Add(await Registry.Start());
            var completions = await Task.WhenAll(ids.Select(async id => await Registry.Train(await Registry.GetRun(id))));
            await Task.WhenAll(completions.Select(Registry.Publish));

            // SIGKILL whenever some more are done, each time another replica, and a new one in its place.
            foreach (var done in new[] { 2, 12, 24, 36, 48 })
            {
                await Eventually.Is(async () => await Completed(modelId) >= done, TimeSpan.FromSeconds(60));
                await replicas[0].Kill();
                await replicas[0].DisposeAsync();
                replicas.RemoveAt(0);
                replicas.Add(await Registry.Start());
            }

            await Registry.Crash();
            await Eventually.Is(async () => await Completed(modelId) == 64, TimeSpan.FromSeconds(90));
        }
        finally
        {
            foreach (var replica in replicas)
                await replica.DisposeAsync();
        }

        var model = await Registry.GetModel(modelId);
        Assert.Equal(Enumerable.Range(1, 64), model.Versions.Select(version => version.Version));
        Assert.Equal(ids.Order(), model.Versions.Select(version => version.RunId).Order());
        Assert.DoesNotContain(model.Versions, version => version.State == VersionStates.Publishing);
        Assert.Equal(64, await LastVersion(modelId));
        Assert.All(model.Versions, version => Assert.Equal(
            [VersionStates.Publishing, VersionStates.Registered],
            model.History.Where(step => step.Version == version.Version).Take(2).Select(step => step.State)));
        foreach (var version in model.Versions)
            Assert.Equal(version.Version, (await Registry.GetRun(version.RunId)).Version);
    }

    /// <summary>
    /// Runs of one model that all train at the same time. The platform allows one at a time, which would leave nothing to race: the index
    /// that says so is taken away in this class' own database.
    /// </summary>
    private async Task<(string ModelId, List<Guid> Runs)> ActiveRuns(int count)
    {
        const string sql = """
            INSERT INTO run (id, name, mode, scope, model_type, model_id, devices, parameters, state, created_at, progressed_at)
            SELECT gen_random_uuid(), @device || '-' || n, 'device', @device || '_all', 'conv-ae', @modelId, ARRAY[@device], '{}', 'running', now(), now()
            FROM generate_series(1, @count) AS n
            RETURNING id
            """;

        var device = $"W-{Guid.NewGuid():N}";
        var modelId = $"device/{device}_all/conv-ae";
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        await connection.ExecuteAsync("DROP INDEX IF EXISTS run_one_active");
        return (modelId, [.. await connection.QueryAsync<Guid>(sql, new { device, modelId, count })]);
    }

    /// <summary>The registry's own path; null when it was rolled back.</summary>
    private async Task<int?> Reserve(Guid runId, bool commit, Func<int, Task>? beforeCommit = null)
    {
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken);
        var version = await VersionStore.Reserve(connection, transaction, runId, DateTime.UtcNow, CancellationToken);
        if (!commit)
            return null;
        if (beforeCommit is not null)
            await beforeCommit(connection.ProcessID);
        await transaction.CommitAsync(CancellationToken);
        return version;
    }

    private async Task<int> Completed(string modelId)
    {
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        return await connection.ExecuteScalarAsync<int>(
            "SELECT count(*) FROM run WHERE model_id = @modelId AND state = @state", new { modelId, state = RunStates.Completed });
    }

    private async Task<int> LastVersion(string modelId)
    {
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        return await connection.ExecuteScalarAsync<int>("SELECT last_version FROM model WHERE model_id = @modelId", new { modelId });
    }
}
