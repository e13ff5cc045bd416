using System.Text.Json;
using Npgsql;
using Platform.Cli.Client;
using Platform.Cli.Shadows;
using Platform.Testing;

namespace Platform.Cli.Tests;

public sealed class UsedRegistryAndPredictor() : UsedRegistry("registry", "predictor");

/// <summary>The real program against a real registry and a real predictor; the test writes the scores.</summary>
public sealed class ShadowTests(UsedRegistryAndPredictor platform) : IClassFixture<UsedRegistryAndPredictor>
{
    [Fact]
    public async Task A_shadow_is_started_compared_and_dropped()
    {
        var started = await Json("deploy", "pump-1", "v1", "--shadow", "--devices", "pump-1", "--reason", "quieter?", "--actor", "ada");
        Assert.Equal((1, "live", "ada", "quieter?"), (
            started.GetProperty("version").GetInt32(), started.GetProperty("state").GetString(), started.GetProperty("actor").GetString(), started.GetProperty("reason").GetString()));
        await Eventually.Is(async () => (await Run("compare-live", "pump-1")).ExitCode == 0, TimeSpan.FromSeconds(30));
        Assert.Contains("nothing to compare yet", (await Run("compare-live", "pump-1")).Output);
        await Score("pump-1", champion: 2, shadow: 1, recordings: 60);

        var (exitCode, text, errors) = await Run("compare-live", "pump-1", "--lines", "3");
        Assert.True(exitCode == 0, errors);
        Assert.Contains("device/pump-1_all/conv-ae v1: live as shadow of 1 device since", text);
        Assert.Contains("beside device/pump-1_all/conv-ae v2 (60 recordings)", text);
        Assert.Contains("verdict: quieter: the shadow would call 10 of 60 recordings anomalous, what serves called 20; they agree on 83.3 %.", text);
        Assert.DoesNotContain("\u001b", text);
        var compared = await Json("compare-live", "pump-1", "--lines", "3", "--since", "30d", "--device", "pump-1");
        Assert.Equal((60, 3), (
            compared.GetProperty("comparison").GetProperty("total").GetProperty("recordings").GetInt32(), compared.GetProperty("comparison").GetProperty("over").GetArrayLength()));
        Assert.StartsWith("verdict: quieter", compared.GetProperty("verdict").GetString());
        Assert.Contains("nothing to compare yet", (await Run("compare-live", "pump-1", "--since", "1m")).Output);

        Assert.Equal("dropped", (await Json("drop", "pump-1", "--reason", "no better")).GetProperty("state").GetString());
        await Eventually.Is(async () => (await Run("compare-live", "pump-1")).Output.Contains("dropped as shadow", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_shadow_is_promoted_and_serves()
    {
        await Json("deploy", "pump-2", "v1", "--shadow", "--share", "1");

        var (exitCode, _, errors) = await Run("promote", "pump-2", "--expect", "v9");
        Assert.Equal(1, exitCode);
        Assert.Contains("The live shadow of 'device/pump-2_all/conv-ae' is v1, not v9", errors);
        var (_, promoted, _) = await Run("promote", "pump-2", "--actor", "ada", "--timeout", "0", "--json");

        Assert.Equal((1, "ada"), (JsonDocument.Parse(promoted).RootElement.GetProperty("version").GetInt32(), JsonDocument.Parse(promoted).RootElement.GetProperty("actor").GetString()));
        var (again, _, already) = await Run("promote", "pump-2");
        Assert.Equal(1, again);
        Assert.Contains("the last one, v1, was promoted by ada", already);
    }

    [Theory]
    [InlineData("--share goes with --shadow", "deploy", "pump-1", "v1", "--share", "0.5")]
    [InlineData("--devices goes with --shadow", "deploy", "pump-1", "v1", "--devices", "pump-1")]
    [InlineData("exclude each other", "deploy", "pump-1", "v1", "--shadow", "--devices", "a,b", "--share", "0.5")]
    [InlineData("share: 2 is out of range; allowed is above 0 and at most 1", "deploy", "fan-1", "v1", "--shadow", "--share", "2")]
    [InlineData("cannot judge 'LT-9'; allowed are 'fan-1'", "deploy", "fan-1", "v1", "--shadow", "--devices", "LT-9,fan-1")]
    [InlineData("it is the champion already", "deploy", "fan-1", "v2", "--shadow")]
    [InlineData("no version of device/fan-1_all/conv-ae was ever a shadow", "compare-live", "fan-1")]
    [InlineData("'soon' is not a length of time; allowed is e.g. 7d, 12h or 30m", "compare-live", "fan-1", "--since", "soon")]
    [InlineData("buckets is 0; allowed are 1 to 500", "compare-live", "fan-1", "--lines", "0")]
    [InlineData("'device/fan-1_all/conv-ae' has no shadow", "drop", "fan-1")]
    [InlineData("There is no model 'device/nobody_all/conv-ae'", "promote", "nobody")]
    public async Task A_wrong_call_says_what_is_wrong(string expected, params string[] arguments)
    {
        var (exitCode, _, errors) = await Run(arguments);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(expected, errors);
    }

    [Theory]
    [InlineData(10, 5, 5, 0, 0, 0, 0, 0, 0, "too early to tell")]
    [InlineData(100, 5, 7, 0, 0, 0, 0, 0, 0, "louder")]
    [InlineData(100, 5, 5, 0, 0, 0, 0, 0, 0, "as loud")]
    [InlineData(10, 5, 5, 4, 2, 1, 0, 0, 0, "better by the labels")]
    [InlineData(10, 5, 5, 4, 1, 2, 2, 2, 2, "worse by the labels")]
    [InlineData(10, 5, 5, 4, 2, 1, 2, 2, 1, "fewer false alarms but less found")]
    [InlineData(10, 5, 5, 4, 1, 2, 2, 1, 2, "more found but more false alarms")]
    [InlineData(10, 5, 5, 4, 1, 1, 2, 1, 1, "as good by the labels")]
    public void The_verdict_is_that_of_the_labels_when_there_are_any(
        int recordings, int champion, int shadow, int normal, int championFalse, int shadowFalse, int anomalous, int championFound, int shadowFound, string expected)
    {
        var total = new ComparedVerdicts(
            recordings, champion, shadow, 0, 0, champion, shadow, 1, 1, 1, 1, normal, championFalse, shadowFalse, anomalous, championFound, shadowFound);

        Assert.Contains(expected, ComparisonVerdict.Of(new("m", 2, "live", null, 1, null, null, total, [], [], [], 0, [])));
    }

    /// <summary>Every third recording is anomalous for the champion, every sixth for the shadow; one each hour until now.</summary>
    private async Task Score(string device, int champion, int shadow, int recordings)
    {
        var sql = $"""
            INSERT INTO score (recording_id, model_id, version, deployment, device, spec_hash, feature_set_key, feature_set_sha256, extraction_hash, audio_sha256, patches,
                               detector, score, threshold, verdict, detectors, alarm_change, recorded_at, scored_at)
            SELECT gen_random_uuid(), 'device/{device}_all/conv-ae', {champion}, 2, '{device}', 's', 'k', 'h', 'e', 'a', 1, 'reconstruction',
                   CASE WHEN n % 3 = 0 THEN 2 ELSE 0.5 END, 1, CASE WHEN n % 3 = 0 THEN 'anomalous' ELSE 'normal' END, '[]', 'none',
                   now() - make_interval(hours => n), now()
            FROM generate_series(1, {recordings}) n;
            INSERT INTO shadow_score (recording_id, model_id, version, device, outcome, extraction_hash, detector, score, threshold, verdict, detectors, recorded_at, scored_at)
            SELECT recording_id, model_id, {shadow}, device, 'scored', 'e', 'reconstruction', 0.5, 1,
                   CASE WHEN score = 2 AND row_number() OVER (ORDER BY score DESC, recorded_at) % 2 = 0 THEN 'anomalous' ELSE 'normal' END, '[]', recorded_at, now()
            FROM score WHERE device = '{device}'
            """;
        await using var source = NpgsqlDataSource.Create(platform.Database.ConnectionString("predictor"));
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private Task<(int ExitCode, string Output, string Errors)> Run(params string[] arguments) => CommandLine.Run(platform.State, arguments);

    private async Task<JsonElement> Json(params string[] arguments)
    {
        var (exitCode, output, errors) = await Run([.. arguments, "--json"]);
        Assert.True(exitCode == 0, errors);
        return JsonDocument.Parse(output).RootElement;
    }
}
