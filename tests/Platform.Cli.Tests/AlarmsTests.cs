using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;
using Platform.Cli.Demo.Sound;
using Platform.Testing;

namespace Platform.Cli.Tests;

/// <summary>The real program against a real ingest and predictor; the test speaks for the models that scored.</summary>
public sealed class AlarmsTests(ReviewedAlarms platform) : IClassFixture<ReviewedAlarms>
{
    [Fact]
    public async Task An_alarm_is_shown_with_what_opened_it_and_what_to_do_and_ends_as_a_false_one()
    {
        var listed = Assert.Single((await Json("alarms", "--open", "--device", "pump-1")).GetProperty("alarms").EnumerateArray());
        var id = listed.GetProperty("id").GetString()!;
        var (_, shown, _) = await Run("alarms", "show", id[..23]);
        foreach (var part in new[] { $"./platform replay {id}", $"{platform.Loud}/audio", "opened", "reconstruction", "20260302", "1.50", $"./platform alarms close {id}" })
            Assert.Contains(part, shown, StringComparison.Ordinal);

        var (exitCode, output, errors) = await Run("label", $"{platform.Loud}", "normal", "--by", "ann", "--note", "a crane", "--json");
        Assert.True(exitCode == 0, errors);
        Assert.Equal("normal", JsonDocument.Parse(output).RootElement.GetProperty("label").GetString()); // ingest has heard of no verdict here
        await Eventually.Is(async () => !(await Alarm(id)).GetProperty("open").GetBoolean());
        Assert.Equal("false_alarm", (await Alarm(id)).GetProperty("outcome").GetString());
        Assert.Contains("false alarm", (await Run("alarms")).Output);

        Assert.Equal(0, (await Run("alarms", "label", id, "anomalous")).ExitCode);
        await Eventually.Is(async () => (await Alarm(id)).GetProperty("outcome").GetString() == "confirmed");
        Assert.Contains("was closed at", (await Run("alarms", "close", id)).Errors);
    }

    [Fact]
    public async Task A_label_reaches_every_recording_of_a_long_alarm()
    {
        var alarm = await platform.LongAlarm("fan-1", recordings: 520);

        var labelled = await Json("alarms", "label", $"{alarm}", "anomalous");

        Assert.Equal(520, labelled.GetProperty("recordings").GetArrayLength());
        await Eventually.Is(async () => (await Alarm($"{alarm}")).GetProperty("labelledAnomalous").GetInt32() == 520, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Rules_of_a_device_are_set_one_by_one_and_forgotten_together()
    {
        Assert.Contains("2 anomalous of the last 3", (await Run("alarms", "rules", "pump-1")).Output);
        await Json("alarms", "rules", "pump-1", "--open-after", "1");
        var rules = await Json("alarms", "rules", "pump-1", "--clear-after", "5");
        Assert.Equal((1, 3, 5), (rules.GetProperty("openAfter").GetInt32(), rules.GetProperty("ofLast").GetInt32(), rules.GetProperty("clearAfter").GetInt32()));
        Assert.Equal(JsonValueKind.Null, (await Json("alarms", "rules", "pump-1", "--reset")).GetProperty("own").ValueKind);
    }

    [Fact]
    public async Task A_trend_is_drawn_day_by_day()
    {
        var (exitCode, output, errors) = await Run("trend", "pump-1", "--days", "3");

        Assert.True(exitCode == 0, errors);
        Assert.Matches("20260302  █+░* *.*1\\.50  1\\.50  1 recording, 1 anomalous", output);
    }

    [Theory]
    [InlineData("There is no alarm 'abcd'", "alarms", "show", "abcd")]
    [InlineData("give at least its first 4 hexadecimal digits", "alarms", "show", "x")]
    [InlineData("--limit must be between 1 and 1000", "alarms", "--limit", "0")]
    [InlineData("there is no recording 'abcdef'", "label", "abcdef", "normal")]
    [InlineData("'loud' not recognized", "label", "abcdef", "loud")]
    [InlineData("'verified_normal' not recognized", "label", "abcdef", "verified_normal")]
    [InlineData("Required argument missing", "label", "abcdef")]
    [InlineData("4 of the last 3 recordings", "alarms", "rules", "pump-1", "--open-after", "4")]
    [InlineData("Give --reset or rules, not both", "alarms", "rules", "pump-1", "--open-after", "1", "--reset")]
    [InlineData("No device nobody is known", "alarms", "rules", "nobody")]
    [InlineData("No device nobody is known", "trend", "nobody")]
    [InlineData("--days must be between 1 and 366", "trend", "pump-1", "--days", "0")]
    public async Task A_wrong_call_says_what_is_wrong(string expected, params string[] arguments)
    {
        var (exitCode, _, errors) = await Run(arguments);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(expected, errors);
    }

    private async Task<JsonElement> Alarm(string id) => (await Json("alarms", "show", id)).GetProperty("alarm");

    private Task<(int ExitCode, string Output, string Errors)> Run(params string[] arguments) => CommandLine.Run(platform.State, arguments);

    private async Task<JsonElement> Json(params string[] arguments)
    {
        var (exitCode, output, errors) = await Run([.. arguments, "--json"]);
        Assert.True(exitCode == 0, errors);
        return JsonDocument.Parse(output).RootElement;
    }
}

/// <summary>A device with one recording, of which the predictor's tables say that it opened an alarm.</summary>
public sealed class ReviewedAlarms() : RunningServices("registry", "ingest", "predictor")
{
    public Guid Loud { get; private set; }

    /// <summary>An open alarm whose recordings stand in the tables of both services.</summary>
    public async Task<Guid> LongAlarm(string device, int recordings)
    {
        using var known = await Http("ingest").PutAsJsonAsync($"devices/{device}", new { site = "S001" });
        Assert.True(known.IsSuccessStatusCode);
        var alarm = Guid.CreateVersion7();
        await using var ingest = NpgsqlDataSource.Create(Database.ConnectionString("ingest"));
        await using var archived = ingest.CreateCommand($$"""
            INSERT INTO recording (id, device, sha256, size_bytes, object_key, recorded_at, day, archived_at, label, state, format)
            SELECT gen_random_uuid(), '{{device}}', repeat(md5(i::text), 2), 1, 'x', '2026-03-02T12:00:00Z'::timestamptz + i * interval '1 minute', '20260302', now(), 'unlabelled', 'archived', 'wav'
            FROM generate_series(1, {{recordings}}) AS i
            RETURNING id, recorded_at
            """);
        await using var reader = await archived.ExecuteReaderAsync();
        var (ids, times) = (new List<Guid>(), new List<DateTime>());
        while (await reader.ReadAsync())
        {
            ids.Add(reader.GetGuid(0));
            times.Add(reader.GetDateTime(1));
        }

        await using var predictor = NpgsqlDataSource.Create(Database.ConnectionString("predictor"));
        await using var scored = predictor.CreateCommand("""
            INSERT INTO alarm (id, device, model_id, version, opened_by, opened_at, last_recording_id, last_recorded_at, recordings, evidence)
            VALUES ($1, $2, 'device/fan-1_all/conv-ae', 3, ($3::uuid[])[1], ($4::timestamptz[])[1], ($3)[cardinality($3)], ($4)[cardinality($4)], cardinality($3), ARRAY[($3)[1]]);
            """);
        await using var rows = predictor.CreateCommand("""
            INSERT INTO score (recording_id, model_id, version, deployment, device, spec_hash, feature_set_key, feature_set_sha256, extraction_hash, audio_sha256,
                               patches, detector, score, threshold, verdict, detectors, alarm_change, alarm_id, recorded_at, scored_at)
            SELECT id, 'device/fan-1_all/conv-ae', 3, 3, $2, 'x', 'x', 'x', 'x', 'x', 1, 'reconstruction', 0.03, 0.02, 'anomalous', '[]',
                   CASE WHEN id = ($3)[1] THEN 'opened' ELSE 'continued' END, $1, at, now()
            FROM unnest($3::uuid[], $4::timestamptz[]) AS one (id, at)
            """);
        foreach (var command in new[] { scored, rows })
        {
            foreach (var value in new object[] { alarm, device, ids.ToArray(), times.ToArray() })
                command.Parameters.Add(new() { Value = value });
            await command.ExecuteNonQueryAsync();
        }

        return alarm;
    }

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        using var audio = new ByteArrayContent(new Clip().ToWav()) { Headers = { ContentType = new MediaTypeHeaderValue("audio/wav") } };
        using var uploaded = await Http("ingest").PutAsync("devices/pump-1/recordings?recordedAt=2026-03-02T12:00:00Z", audio);
        Loud = (await uploaded.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString("predictor"));
        await Eventually.Is(async () =>
        {
            await using var known = source.CreateCommand("SELECT count(*) FROM device WHERE device = 'pump-1'");
            return (long)(await known.ExecuteScalarAsync())! == 1;
        });
        var alarm = Guid.CreateVersion7();
        await using var command = source.CreateCommand($$"""
            INSERT INTO alarm (id, device, model_id, version, opened_by, opened_at, last_recording_id, last_recorded_at, evidence)
            VALUES ('{{alarm}}', 'pump-1', 'device/pump-1_all/conv-ae', 3, '{{Loud}}', '2026-03-02T12:00:00Z', '{{Loud}}', '2026-03-02T12:00:00Z', ARRAY['{{Loud}}'::uuid]);
            INSERT INTO alarm_state (device, last_recorded_at, alarm_id) VALUES ('pump-1', '2026-03-02T12:00:00Z', '{{alarm}}');
            INSERT INTO score (recording_id, model_id, version, deployment, device, spec_hash, feature_set_key, feature_set_sha256, extraction_hash, audio_sha256,
                               patches, detector, score, threshold, verdict, detectors, alarm_change, alarm_id, recorded_at, scored_at)
            VALUES ('{{Loud}}', 'device/pump-1_all/conv-ae', 3, 3, 'pump-1', 'x', 'x', 'x', 'x', 'x', 1, 'reconstruction', 0.03, 0.02, 'anomalous',
                    '[{"detector":"reconstruction","score":0.03,"threshold":0.02,"alarming":true,"exceeded":true}]', 'opened', '{{alarm}}',
                    '2026-03-02T12:00:00Z', now());
            """);
        await command.ExecuteNonQueryAsync();
    }
}
