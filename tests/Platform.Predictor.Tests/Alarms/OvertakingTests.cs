using System.Net.Http.Json;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>Recordings that overtake each other on their way, through a real service process.</summary>
public sealed class OvertakingTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    // Ranks of time in the order of coming; h hums, r rattles. Expected: what each is in the order of time.
    [Theory]
    [InlineData("hrrhr", "2 0 1 4 3", "none none opened held continued", 3)]
    [InlineData("rrrhhhrr", "1 2 0 3 5 4 7 6", "none opened continued held held cleared none opened", 3, 2)]
    [InlineData("rhhr", "0 1 3 2", "none none none none")] // opened without the second hum, and withdrawn
    [InlineData("rhhrr", "0 1 3 4 2", "none none none none opened", 2)]
    public async Task The_alarm_is_that_of_the_order_in_which_they_were_made(string sounds, string order, string expected, params int[] recordings)
    {
        var device = await platform.KnownDevice();
        using var rules = await platform.Replica.Http.PutAsJsonAsync(
            $"devices/{device}/alarm-rules", new { clearBelow = 1.0 }, TestContext.Current.CancellationToken); // a hum is quiet, however close
        Assert.True(rules.IsSuccessStatusCode);
        await platform.Deploy(SampleModel.Telling(device, seed: 1, SampleAudio.Hum(), SampleAudio.Rattle()), 1);
        var ids = new Guid[sounds.Length];
        foreach (var place in order.Split(' ').Select(int.Parse))
        {
            var wav = sounds[place] == 'h' ? SampleAudio.Hum(place) : SampleAudio.Rattle(place);
            ids[place] = await platform.Score(wav, device, Noon.AddMinutes(place));
        }

        var rows = (await platform.Predictions(device)).ToDictionary(row => row.RecordingId);
        Assert.Equal(expected.Split(' '), ids.Select(id => rows[id].AlarmChange));
        var alarms = (await platform.Get<AlarmRow[]>($"alarms?device={device}")).OrderBy(alarm => alarm.OpenedAt).ToList();
        var standing = alarms.Where(alarm => alarm.CloseReason != AlarmEnds.Withdrawn).ToList();
        Assert.Equal(recordings, standing.Select(alarm => alarm.Recordings));
        var changes = expected.Split(' ');
        var openers = ids.Where((_, place) => changes[place] == "opened").ToList();
        Assert.Equal(openers, standing.Select(alarm => alarm.OpenedBy));
        Assert.Equal(openers.Select(id => rows[id].RecordedAt), standing.Select(alarm => alarm.OpenedAt));
        Assert.Equal(openers.Select(id => rows[id].AlarmId), standing.Select(alarm => (Guid?)alarm.Id));

        // What was announced ends as what stands: each alarm is opened by whom it says, and a withdrawn one is cleared.
        await Eventually.Is(() => standing.All(alarm => platform.Bus.Heard<AnomalyDetected>().Any(
            heard => heard.AlarmId == alarm.Id && heard.Opened && heard.RecordingId == alarm.OpenedBy)), TimeSpan.FromSeconds(30));
        foreach (var withdrawn in alarms.Except(standing))
        {
            Assert.False(withdrawn.Open);
            await Eventually.Is(() => platform.Bus.Heard<AnomalyCleared>().Any(
                heard => heard.AlarmId == withdrawn.Id && heard.Reason == AlarmEnds.Withdrawn), TimeSpan.FromSeconds(30));
        }
    }
}
