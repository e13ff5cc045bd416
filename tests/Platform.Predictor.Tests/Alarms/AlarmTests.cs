using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>The course of alarms through a real service process; what each recording does is in AlarmTransitionTests.</summary>
public sealed class AlarmTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private string _device = "";
    private int _minutes;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_faulty_recordings_open_an_alarm_more_continue_it_and_three_quiet_ones_close_it()
    {
        await Telling();

        await Hum();
        var first = await Rattle();
        Assert.Empty(await Alarms());
        var opening = await Rattle();
        Assert.True(Assert.Single(await Alarms("&open=true")).Open);
        var held = await Hum();
        var continuing = await Rattle();
        await Hum();
        await Hum();
        var closing = await Hum();
        var late = await platform.Score(SampleAudio.Hum(90), _device, Noon.AddMinutes(1.5)); // what has ended is settled

        await Eventually.Is(() => Heard<AnomalyCleared>(one => one.Device == _device).Count == 1, Patience);
        var cleared = Heard<AnomalyCleared>(one => one.Device == _device)[0];
        var detected = Heard<AnomalyDetected>(one => one.Device == _device);
        Assert.Equal([(opening, true), (continuing, false)], detected.Select(one => (one.RecordingId, one.Opened)));
        Assert.Single(detected.Select(one => one.AlarmId).Append(cleared.AlarmId).Distinct());
        Assert.Equal((closing, AlarmEnds.Quiet), (cleared.RecordingId, cleared.Reason));

        var alarm = Assert.Single(await Alarms());
        Assert.Equal((false, 3, (Guid?)closing, "quiet"), (alarm.Open, alarm.Recordings, alarm.ClosedBy, alarm.CloseReason));
        Assert.Empty(await Alarms("&open=true"));
        var shown = (await Show(alarm.Id)).GetProperty("scores").EnumerateArray().ToList();
        Assert.Equal(first, shown[0].GetProperty("recordingId").GetGuid()); // no alarm was open yet, but it is a part of it
        Assert.Equal(
            ["none", "opened", "held", "continued", "held", "held", "cleared"],
            shown.Select(score => score.GetProperty("alarmChange").GetString()!));
        Assert.DoesNotContain(late, shown.Select(score => score.GetProperty("recordingId").GetGuid()));
        Assert.Equal("late", (await platform.Predictions(_device)).Single(row => row.RecordingId == late).AlarmChange);
        Assert.Equal("held", (await platform.Predictions(_device)).Single(row => row.RecordingId == held).AlarmChange);
    }

    [Fact]
    public async Task What_the_last_recordings_were_survives_the_death_of_the_replica()
    {
        await Telling();
        await Rattle();

        await platform.KillAndRestart();

        await Deploy(2); // the registry would say it again
        var second = await Rattle();
        Assert.Equal(second, Assert.Single(await Alarms()).OpenedBy);
    }

    [Fact]
    public async Task An_alarm_goes_on_while_its_model_is_replaced()
    {
        await Telling();
        await Rattle();
        await Rattle();

        await Deploy(2);
        await Rattle();
        await Hum();

        var alarm = Assert.Single(await Alarms());
        Assert.Equal((true, 3, 1), (alarm.Open, alarm.Recordings, alarm.Version));
        var versions = (await Show(alarm.Id)).GetProperty("scores").EnumerateArray().Select(score => score.GetProperty("version").GetInt32());
        Assert.Equal([1, 1, 2, 2], versions);
    }

    [Fact]
    public async Task A_person_closes_an_alarm_and_what_it_rested_on_opens_no_other()
    {
        await Telling();
        await Rattle();
        await Rattle();
        var alarm = Assert.Single(await Alarms());

        using var unnamed = await Post($"alarms/{alarm.Id}/close", new { note = "oiled" });
        Assert.Equal(HttpStatusCode.BadRequest, unnamed.StatusCode);
        using var closed = await Post($"alarms/{alarm.Id.ToString()[..23]}/close", new { by = "ann", note = "oiled" });
        Assert.Equal(HttpStatusCode.OK, closed.StatusCode);
        using var again = await Post($"alarms/{alarm.Id}/close", new { by = "bob" });
        Assert.Contains("ann", await again.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);

        alarm = Assert.Single(await Alarms());
        Assert.Equal((false, "person", "ann", "oiled"), (alarm.Open, alarm.CloseReason, alarm.ClosedByPerson, alarm.CloseNote));
        await Eventually.Is(() => Heard<AnomalyCleared>(one => one.AlarmId == alarm.Id).Count == 1, Patience);
        Assert.Equal((AlarmEnds.Person, "ann"), (Heard<AnomalyCleared>(one => one.AlarmId == alarm.Id)[0].Reason, Heard<AnomalyCleared>(one => one.AlarmId == alarm.Id)[0].ClearedBy));
        await Rattle();
        Assert.Single(await Alarms());
        await Rattle();
        Assert.Equal(2, (await Alarms()).Length);
    }

    [Fact]
    public async Task All_recordings_of_an_alarm_are_read_page_by_page()
    {
        await Telling();
        foreach (var _ in Enumerable.Range(0, 6))
            await Rattle();
        await Hum();
        var alarm = Assert.Single(await Alarms());

        var read = new List<JsonElement>();
        for (var pages = 0; pages < 4; pages++)
        {
            var after = read.Count == 0 ? "" : $"&after={read[^1].GetProperty("recordingId").GetGuid()}";
            read.AddRange(await platform.Get<JsonElement[]>($"alarms/{alarm.Id}/recordings?limit=2{after}"));
        }

        Assert.Equal(
            ["none", "opened", "continued", "continued", "continued", "continued", "held"], read.Select(score => score.GetProperty("alarmChange").GetString()!));
        Assert.Equal(read.Select(score => score.GetProperty("recordedAt").GetDateTimeOffset()).Order(), read.Select(score => score.GetProperty("recordedAt").GetDateTimeOffset()));
        Assert.Equal(4, (await Show(alarm.Id, "?limit=2")).GetProperty("scores").GetArrayLength() - 1); // its beginning and its end, and the evidence
    }

    [Fact]
    public async Task A_device_may_have_rules_of_its_own()
    {
        await Telling(rules: new { openAfter = 1, ofLast = 1, clearBelow = 1.0, by = "ann" });
        await Rattle();
        Assert.Single(await Alarms());

        foreach (var (wrong, says) in new (object, string)[]
        {
            (new { openAfter = 4 }, "4 of the last 3"), (new { clearAfter = 0 }, "clearAfter is 0"), (new { clearBelow = 1.5 }, "clearBelow is 1.5"),
        })
        {
            using var refused = await Put($"devices/{_device}/alarm-rules", wrong);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains(says, await refused.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }

        using var unknown = await Put("devices/nobody/alarm-rules", new { openAfter = 1 });
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        var kept = await platform.Get<JsonElement>($"devices/{_device}/alarm-rules");
        Assert.Equal((1, 1, 3, "ann"), (Number(kept, "openAfter"), Number(kept, "ofLast"), Number(kept, "clearAfter"), kept.GetProperty("own").GetProperty("setBy").GetString()));
        using var reset = await platform.Replica.Http.DeleteAsync($"devices/{_device}/alarm-rules", Token);
        var back = await reset.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal((2, 3, JsonValueKind.Null), (Number(back, "openAfter"), Number(back, "ofLast"), back.GetProperty("own").ValueKind));
    }

    [Theory]
    [InlineData("alarms/0198", HttpStatusCode.NotFound)]
    [InlineData("alarms/xyz1", HttpStatusCode.BadRequest)]
    [InlineData("alarms/019", HttpStatusCode.BadRequest)]
    [InlineData("alarms?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("alarms/0198/recordings", HttpStatusCode.NotFound)]
    [InlineData("alarms/0198/recordings?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("alarms/00000000-0000-0000-0000-000000000000", HttpStatusCode.NotFound)]
    [InlineData("devices/nobody/trend", HttpStatusCode.NotFound)]
    [InlineData("devices/nobody/trend?days=0", HttpStatusCode.BadRequest)]
    public async Task A_wrong_question_is_refused(string path, HttpStatusCode expected)
    {
        using var answer = await platform.Replica.Http.GetAsync(path, Token);
        Assert.Equal(expected, answer.StatusCode);
    }

    private SampleModel Model { get => field ?? throw new InvalidOperationException("Call Telling first."); set; }

    /// <summary>A device whose model tells a hum from a rattle; quiet is everything below the threshold.</summary>
    private async Task Telling(object? rules = null)
    {
        _device = await platform.KnownDevice();
        using var put = await Put($"devices/{_device}/alarm-rules", rules ?? new { clearBelow = 1.0 });
        Assert.True(put.IsSuccessStatusCode, platform.Replica.Log);
        Model = SampleModel.Telling(_device, seed: 1, SampleAudio.Hum(), SampleAudio.Rattle());
        await platform.Deploy(Model, 1);
    }

    private async Task Deploy(int version)
    {
        await platform.Bus.Publish(await Model.Anew().Publish(platform.Objects, version, version));
        await platform.Loaded(Model.Id, version);
    }

    private Task<Guid> Hum() => platform.Score(SampleAudio.Hum(_minutes), _device, Noon.AddMinutes(_minutes++));

    private Task<Guid> Rattle() => platform.Score(SampleAudio.Rattle(_minutes), _device, Noon.AddMinutes(_minutes++));

    private IReadOnlyList<T> Heard<T>(Func<T, bool> mine) => [.. platform.Bus.Heard<T>().Where(mine)];

    private Task<AlarmRow[]> Alarms(string open = "") => platform.Get<AlarmRow[]>($"alarms?device={_device}{open}");

    private Task<JsonElement> Show(Guid alarm, string limit = "") => platform.Get<JsonElement>($"alarms/{alarm}{limit}");

    private Task<HttpResponseMessage> Put(string path, object body) => platform.Replica.Http.PutAsJsonAsync(path, body, Token);

    private Task<HttpResponseMessage> Post(string path, object body) => platform.Replica.Http.PostAsJsonAsync(path, body, Token);

    private static int Number(JsonElement json, string name) => json.GetProperty(name).GetInt32();
}
