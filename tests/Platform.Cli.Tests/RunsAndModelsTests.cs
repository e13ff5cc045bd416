using System.Text;
using System.Text.Json;
using Npgsql;
using Platform.Hosting;

namespace Platform.Cli.Tests;

/// <summary>A real registry that has trained for a while, with two runs of pump-1 and the folder of one.</summary>
public class UsedRegistry : RunningServices
{
    public UsedRegistry()
        : this("registry")
    {
    }

    protected UsedRegistry(params IReadOnlyList<string> names)
        : base(names)
    {
    }

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        const string sql = """
            INSERT INTO run (id, name, mode, scope, model_type, model_id, devices, parameters, state, reason, version, epochs, steps, patches, recordings,
                             training_loss, validation_loss, training_seconds, created_at, progressed_at, started_at, ended_at)
            SELECT gen_random_uuid(), format('night-%s-%s', device, n), 'device', device || '_all', 'conv-ae', format('device/%s_all/conv-ae', device), ARRAY[device],
                   jsonb_build_object('maxSteps', n * 100, 'seed', 7), 'completed', NULL, n, 10 * n, 100 * n, 60, 20, 0.5 / n, 0.25 / n, 12.5, at, at, at, at
            FROM unnest(ARRAY['pump-1', 'pump-2', 'fan-1']) AS device, generate_series(1, 2) AS n, LATERAL (SELECT now() - make_interval(days => 3 - n) AS at) AS moment;
            INSERT INTO run_epoch (run_id, epoch, step, slice, sequence, training_loss, validation_loss, patches_per_second, at)
            SELECT id, e, e * 2, 0, e * 2, 1.0 / e, 2.0 / e, 1000, created_at FROM run, generate_series(1, 40) AS e WHERE name = 'night-pump-1-2';
            INSERT INTO model (model_id, mode, scope, model_type, last_version, last_deployment, created_at)
            SELECT model_id, mode, scope, model_type, 2, 2, min(created_at) FROM run GROUP BY model_id, mode, scope, model_type;
            INSERT INTO model_version (model_id, version, run_id, state, accepted, reason, label, devices, spec_hash, package_prefix, package_manifest_sha256, thresholds,
                                       new_error_db2, created_at, registered_at)
            SELECT model_id, version, id, CASE version WHEN 2 THEN 'deployed' ELSE 'archived' END, true, 'Deployed.', '1.' || version - 1, devices, 'spec', 'p', 'x',
                   jsonb_build_array(jsonb_build_object('device', devices[1], 'detector', 'reconstruction', 'threshold', 0.25, 'recordings', 8)), 1.5, created_at, created_at
            FROM run;
            INSERT INTO version_history (model_id, version, state, at, actor, reason) SELECT model_id, version, 'deployed', created_at, 'ada', 'better [bold]' FROM run;
            INSERT INTO deployment (model_id, deployment, version, devices, actor, reason, deployed_at) SELECT model_id, version, version, devices, 'ada', 'better', created_at FROM run;
            INSERT INTO alias (model_id, name, version, deployment) SELECT model_id, CASE version WHEN 2 THEN 'champion' ELSE 'previous' END, version, version FROM run;
            """;
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString("registry"));
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
        await Bucket.Open().TryCreate("runs/night-pump-1-2/logs/training.log", Encoding.UTF8.GetBytes(new string('x', 12_345)), CancellationToken.None);
    }
}

/// <summary>The real program against a real registry.</summary>
public sealed class RunsAndModelsTests(UsedRegistry registry) : IClassFixture<UsedRegistry>
{
    [Fact]
    public async Task Runs_are_listed_by_page_and_filter()
    {
        var page = await Json("runs", "--limit", "4", "--sort", "name");
        Assert.Equal(["night-fan-1-1", "night-fan-1-2", "night-pump-1-1", "night-pump-1-2"], Names(page));
        Assert.Equal(6, page.GetProperty("total").GetInt32());
        var rest = await Json("runs", "--limit", "4", "--sort", "name", "--after", page.GetProperty("next").GetString()!);
        Assert.Equal(["night-pump-2-1", "night-pump-2-2"], Names(rest));
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("next").ValueKind);

        Assert.Equal(["night-pump-1-2", "night-pump-1-1"], Names(await Json("runs", "--device", "pump-1", "--state", "completed", "failed")));
        Assert.Empty(Names(await Json("runs", "--state", "running")));

        var (_, text, _) = await Run("runs", "--limit", "1");
        Assert.Contains("1 of 6 runs; --after ", text);
        Assert.DoesNotContain("\u001b", text); // a pipe gets no colours

        static IEnumerable<string?> Names(JsonElement shown) => shown.GetProperty("items").EnumerateArray().Select(run => run.GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_run_is_shown_with_parameters_epochs_and_files()
    {
        var (exitCode, text, _) = await Run("runs", "show", "night-pump-1-2");

        Assert.Equal(0, exitCode);
        Assert.Contains("12 of 40 epochs", text);
        Assert.DoesNotContain("\u001b", text);
        Assert.Contains("logs/training.log", text);
        Assert.Contains("12.3 kB", text);
        var shown = await Json("runs", "show", "night-pump-1-2");
        Assert.Equal((200, 40, 12_345), (
            shown.GetProperty("run").GetProperty("parameters").GetProperty("maxSteps").GetInt32(),
            shown.GetProperty("run").GetProperty("metrics").GetArrayLength(),
            shown.GetProperty("files")[0].GetProperty("size").GetInt32()));
    }

    [Fact]
    public async Task Two_runs_are_compared_in_what_differs()
    {
        var compared = await Json("runs", "compare", "night-pump-1-1", "night-pump-1-2");

        var parameter = Assert.Single(compared.GetProperty("parameters").EnumerateArray(), one => one.GetProperty("name").GetString() == "maxSteps");
        Assert.Equal(("100", "200"), (parameter.GetProperty("a").GetString(), parameter.GetProperty("b").GetString()));
        Assert.DoesNotContain(compared.GetProperty("parameters").EnumerateArray(), one => one.GetProperty("name").GetString() == "seed");
        Assert.Contains("v2 deployed", (await Run("runs", "compare", "night-pump-1-1", "night-pump-1-2")).Output);
    }

    [Fact]
    public async Task Models_are_listed_and_one_is_shown_with_its_history()
    {
        Assert.Equal(
            ["device/pump-1_all/conv-ae", "device/pump-2_all/conv-ae"],
            (await Json("models", "--prefix", "device/pump")).GetProperty("items").EnumerateArray().Select(model => model.GetProperty("modelId").GetString()));

        var (exitCode, text, _) = await Run("models", "show", "pump-2");
        Assert.Equal(0, exitCode);
        Assert.Contains("device/pump-2_all/conv-ae", text);
        Assert.Contains("better [bold]", text);
        Assert.Equal(2, (await Json("models", "show", "device/pump-2_all/conv-ae")).GetProperty("versions").GetArrayLength());
    }

    [Theory]
    [InlineData("there is no run with id or name 'nobody'", "runs", "show", "nobody")]
    [InlineData("there is no run with id or name 'a/b?c'", "runs", "compare", "a/b?c", "night-pump-1-1")]
    [InlineData("there is no model 'device/nobody_all/conv-ae'", "models", "show", "nobody")]
    [InlineData("Must be one of", "runs", "--state", "asleep")]
    [InlineData("limit: 0 is out of range; allowed is 1 to 500", "runs", "--limit", "0")]
    [InlineData("'colour' is not allowed; allowed are modelId, createdAt, changedAt", "models", "--sort", "colour")]
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
}
