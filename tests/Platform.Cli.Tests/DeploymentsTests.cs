using System.Text.Json;
using Npgsql;
using Platform.Testing;

namespace Platform.Cli.Tests;

/// <summary>The real program against a real registry; the test speaks for the predictor's replicas.</summary>
public sealed class DeploymentsTests(UsedRegistry registry) : IClassFixture<UsedRegistry>
{
    [Fact]
    public async Task A_rollback_waits_for_every_replica_and_shows_who_runs_what()
    {
        const string model = "device/pump-1_all/conv-ae";
        await Sql("INSERT INTO replica (replica, started_at, seen_at) VALUES ('pod-a', now(), now() + interval '1 hour'), ('pod-b', now(), now() + interval '1 hour')");
        var rollback = Run("rollback", "pump-1", "--reason", "too loud", "--actor", "ada", "--json");
        await Eventually.Is(async () => await Count($"SELECT count(*) FROM deployment WHERE model_id = '{model}' AND deployment = 3") == 1);
        foreach (var (pod, milliseconds) in new[] { ("pod-a", 12.0), ("pod-b", 14.0) })
        {
            Assert.False(rollback.IsCompleted);
            await Sql($"INSERT INTO replica_deployment (model_id, deployment, replica, version, state, load_milliseconds, at) VALUES ('{model}', 3, '{pod}', 1, 'loaded', {milliseconds}, now())");
        }

        var (exitCode, output, errors) = await rollback;
        Assert.True(exitCode == 0, errors);
        Assert.Contains("v1: live (rollback 3", errors);
        var deployment = JsonDocument.Parse(output).RootElement;
        Assert.Equal(("live", "ada", "too loud"), (deployment.GetProperty("state").GetString(), deployment.GetProperty("actor").GetString(), deployment.GetProperty("reason").GetString()));
        Assert.Equal(["pod-a", "pod-b"], deployment.GetProperty("replicas").EnumerateArray().Select(replica => replica.GetProperty("replica").GetString()));

        var listed = (await Json("deployments", "pump-1")).GetProperty("deployments").EnumerateArray().ToList();
        Assert.Equal([(3, "live"), (2, "replaced"), (1, "replaced")], listed.Select(one => (one.GetProperty("deployment").GetInt32(), one.GetProperty("state").GetString()!)));
        var (_, shown, _) = await Run("deployments", "--id", $"{deployment.GetProperty("id")}");
        Assert.Contains("by ada: too loud", shown);
        Assert.Contains("pod-b", shown);
        Assert.Contains("v1", (await Run("alias", "pump-1")).Output);
    }

    [Fact]
    public async Task A_replica_that_says_nothing_is_named_and_a_deployment_need_not_be_waited_for()
    {
        var (exitCode, output, _) = await Run("deploy", "fan-1", "v1", "--timeout", "0");

        Assert.Equal(1, exitCode);
        Assert.Contains("v1: rolling out (deployment 3", output);
    }

    [Fact]
    public async Task An_alias_is_moved_only_by_who_knows_where_it_stands()
    {
        Assert.Equal(1, (await Json("alias", "pump-2", "night", "v1", "--reason", "quieter")).GetProperty("version").GetInt32());
        Assert.Equal(2, (await Json("alias", "pump-2", "night", "2", "--expect", "v1")).GetProperty("version").GetInt32());
        var (exitCode, _, errors) = await Run("alias", "pump-2", "night", "v1", "--expect", "v1");
        Assert.Equal(1, exitCode);
        Assert.Contains("now v2, was changed meanwhile", errors);

        var aliases = (await Json("alias", "pump-2")).GetProperty("aliases").EnumerateArray();
        Assert.Equal([("champion", 2), ("night", 2), ("previous", 1)], aliases.Select(one => (one.GetProperty("name").GetString()!, one.GetProperty("version").GetInt32())));
        Assert.Equal(0, (await Run("alias", "pump-2", "night", "--delete")).ExitCode);
        Assert.Equal(2, (await Json("alias", "pump-2")).GetProperty("aliases").GetArrayLength());
    }

    [Fact]
    public async Task Alerts_are_shown_until_somebody_acknowledges_them()
    {
        await Sql("INSERT INTO alert (kind, subject, message, raised_at) VALUES ('batch_rejected', 'b-1', 'Every version [of] batch b-1 was rejected.', now())");

        var (_, output, _) = await Run("alerts");
        Assert.Contains("Every version [of] batch", output);
        var id = (await Json("alerts")).GetProperty("alerts")[0].GetProperty("id").GetInt64();
        Assert.Equal(0, (await Run("alerts", "--acknowledge", $"{id}", "--actor", "ada")).ExitCode);

        Assert.Contains("There are no open alerts", (await Run("alerts")).Output);
        Assert.Equal("ada", (await Json("alerts", "--all")).GetProperty("alerts")[0].GetProperty("acknowledgedBy").GetString());
    }

    [Theory]
    [InlineData("'latest' is not a version; allowed is e.g. v3", "deploy", "pump-2", "latest")]
    [InlineData("'v0' is not a version", "rollback", "pump-2", "--to", "v0")]
    [InlineData("There is no v9 of 'device/pump-2_all/conv-ae'", "deploy", "pump-2", "v9")]
    [InlineData("it is deployed already", "deploy", "device/pump-2_all/conv-ae", "v2")]
    [InlineData("There is no model 'device/nobody_all/conv-ae'", "rollback", "nobody")]
    [InlineData("--timeout must be between 0 and 86400", "deploy", "pump-2", "v1", "--timeout", "-1")]
    [InlineData("there is no deployment 4711", "deployments", "--id", "4711")]
    [InlineData("Give a name with a version, a name with --delete, or neither", "alias", "pump-2", "night")]
    [InlineData("'champion' moves with deployments", "alias", "pump-2", "champion", "v1")]
    [InlineData("there is no model 'device/nobody_all/conv-ae'", "alias", "nobody")]
    [InlineData("There is no alert 4711", "alerts", "--acknowledge", "4711")]
    public async Task A_wrong_call_says_what_is_wrong(string expected, params string[] arguments)
    {
        var (exitCode, _, errors) = await Run(arguments);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(expected, errors);
    }

    private Task<(int ExitCode, string Output, string Errors)> Run(params string[] arguments) => CommandLine.Run(registry.State, arguments);

    private async Task<JsonElement> Json(params string[] arguments)
    {
        var (exitCode, output, errors) = await Run([.. arguments, "--json"]);
        Assert.True(exitCode == 0, errors);
        return JsonDocument.Parse(output).RootElement;
    }

    private async Task Sql(string sql)
    {
        await using var source = NpgsqlDataSource.Create(registry.Database.ConnectionString("registry"));
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private async Task<long> Count(string sql)
    {
        await using var source = NpgsqlDataSource.Create(registry.Database.ConnectionString("registry"));
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
