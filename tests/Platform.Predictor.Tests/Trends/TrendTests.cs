using System.Text.Json;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>A predictor that knows a device's level after five recordings and looks at the last five.</summary>
public sealed class QuickTrends : RunningPredictor
{
    internal override Dictionary<string, string> Settings(string registryUrl) => new(base.Settings(registryUrl))
    {
        ["Trends__BaselineRecordings"] = "5",
        ["Trends__RecentRecordings"] = "5",
    };
}

public sealed class TrendTests(QuickTrends platform) : IClassFixture<QuickTrends>
{
    private static readonly DateTimeOffset Evening = new(2026, 3, 2, 22, 50, 0, TimeSpan.Zero);

    private string _device = "";
    private int _minutes;

    [Fact]
    public async Task A_device_whose_level_moved_is_said_to_drift_once_and_begins_anew_with_the_next_deployment()
    {
        _device = await platform.KnownDevice("Europe/Berlin");
        var model = SampleModel.Create(_device, seed: 1);
        await platform.Deploy(model, 1);

        for (var i = 0; i < 12; i++)
            await Score(SampleAudio.Hum(i));
        Assert.Empty(Drifts());
        for (var i = 0; i < 8; i++)
            await Score(Faint(i));

        await Eventually.Is(() => Drifts().Count == 1, TimeSpan.FromSeconds(30));
        await Eventually.Is(() => Left().Count == 1, TimeSpan.FromSeconds(30));
        var (drift, left) = (Drifts()[0], Left()[0]);
        Assert.Equal((model.Id, 1), (drift.ModelId, drift.Version));
        Assert.Equal((BandMeasures.MedianScore, 1L, drift.BaselineMedian, drift.CurrentMedian), (left.Measure, left.Deployment, left.Baseline, left.Current));
        Assert.True(drift.CurrentMedian < left.Low || drift.CurrentMedian > left.High, left.ToString());

        var before = (await Trend()).GetProperty("deployments")[0];
        Assert.NotEqual(JsonValueKind.Null, before.GetProperty("driftingSince").ValueKind);
        await platform.Bus.Publish(await model.Anew().Publish(platform.Objects, 2, 2));
        await platform.Loaded(model.Id, 2);
        for (var i = 0; i < 12; i++)
            await Score(Faint(i));

        var anew = (await Trend()).GetProperty("deployments")[0];
        Assert.Equal((2, 12, JsonValueKind.Null), (anew.GetProperty("version").GetInt32(), anew.GetProperty("recordings").GetInt32(), anew.GetProperty("driftingSince").ValueKind));
        Assert.Equal(drift.CurrentMedian, anew.GetProperty("baseline").GetDouble(), 0.2 * drift.CurrentMedian);
        Assert.Single(Drifts());
    }

    [Fact]
    public async Task Days_are_those_of_the_plant_and_a_deployment_divides_them()
    {
        _device = await platform.KnownDevice("Europe/Berlin");
        var model = SampleModel.Create(_device, seed: 1, threshold: 0.5);
        await platform.Deploy(model, 1);
        var scores = new List<double>();
        for (var i = 0; i < 13; i++) // from 23:50 of the plant's day on, one a minute
            scores.Add((await platform.Scored(await Score(SampleAudio.Hum(i)))).Score);
        await platform.Bus.Publish(await model.Anew().Publish(platform.Objects, 2, 2));
        await platform.Loaded(model.Id, 2);
        await Score(SampleAudio.Hum(20));

        var days = (await Trend("?days=2")).GetProperty("days").EnumerateArray().ToList();

        Assert.Equal(
            [("20260302", 1, 10), ("20260303", 1, 3), ("20260303", 2, 1)],
            days.Select(day => (day.GetProperty("day").GetString()!, day.GetProperty("version").GetInt32(), day.GetProperty("recordings").GetInt32())));
        var first = scores.Take(10).Order().ToList();
        Assert.Equal((first[4] + first[5]) / 2, days[0].GetProperty("medianScore").GetDouble(), 1e-9);
        Assert.Equal(first[8] + 0.55 * (first[9] - first[8]), days[0].GetProperty("p95Score").GetDouble(), 1e-9); // as NumPy's percentile
        Assert.Equal(2 * days[0].GetProperty("medianScore").GetDouble(), days[0].GetProperty("median").GetDouble(), 1e-9);
        Assert.Equal("20260303", Assert.Single((await Trend("?days=1")).GetProperty("days").EnumerateArray().Select(day => day.GetProperty("day").GetString()).Distinct()));
    }

    [Fact]
    public async Task Days_that_are_over_are_computed_once_and_again_when_something_comes_that_belongs_to_them()
    {
        _device = await platform.KnownDevice("Europe/Berlin");
        await platform.Deploy(SampleModel.Create(_device, seed: 1), 1);
        foreach (var hours in new[] { 0, 1, 24, 25, 48, 49 }) // 23:50 of the plant's day, and 00:50 of the next
            await platform.Score(SampleAudio.Hum(hours), _device, Evening.AddHours(hours));
        Assert.Equal([("20260302", 1), ("20260303", 2), ("20260304", 2), ("20260305", 1)], await Counts());
        Assert.Equal(3 + 6, await Kept()); // a day without recordings is over as well

        // What is kept is what is shown; the day that goes on is not.
        await platform.Rows<int>("UPDATE predictor.trend_day SET trends = jsonb_set(trends, '{0,recordings}', '77') WHERE device = @_device AND trends <> '[]'", new { _device });
        Assert.Equal([77, 77, 77, 1], (await Counts()).Select(day => day.Recordings));
        await platform.Score(SampleAudio.Hum(7), _device, Evening.AddHours(25.5)); // of the 4th, after two days
        Assert.Equal([77, 77, 3, 1], (await Counts()).Select(day => day.Recordings));
        Assert.Equal(9, await Kept());

        // Another time zone has other days.
        await platform.Bus.Publish(new DeviceChanged(_device, "S001", "pump", "UTC", "small", Revision: 2, DateTimeOffset.UtcNow));
        await Eventually.Is(async () => (await Trend("?days=10")).GetProperty("timeZone").GetString() == "UTC", TimeSpan.FromSeconds(30));
        Assert.Equal([("20260302", 2), ("20260303", 2), ("20260304", 3)], await Counts());
        Assert.Equal(9, await Kept());
    }

    [Fact]
    public async Task A_day_that_is_asked_for_while_it_changes_is_never_kept_as_it_was()
    {
        _device = await platform.KnownDevice();
        await platform.Deploy(SampleModel.Create(_device, seed: 1), 1);
        await platform.Score(SampleAudio.Hum(), _device, Evening.AddDays(1));
        var features = new List<FeaturesExtracted>();
        for (var i = 0; i < 40; i++)
            features.Add(await platform.StoreFeatures(SampleAudio.Hum(i), _device, Evening.AddMinutes(-i)));

        foreach (var one in features)
            await platform.Bus.Publish(one);
        var asked = 0;
        for (var all = false; !all; asked++)
        {
            all = (await platform.Predictions(_device)).Length == 41;
            var days = await Counts();
            Assert.True(!all || days is [("20260302", 40), ("20260303", 1)], string.Join(' ', days));
        }

        Assert.True(asked > 1, "nothing was asked while it changed");
    }

    private async Task<List<(string Day, int Recordings)>> Counts() =>
    [
        .. (await Trend("?days=10")).GetProperty("days").EnumerateArray()
            .Select(day => (day.GetProperty("day").GetString()!, day.GetProperty("recordings").GetInt32())),
    ];

    private async Task<long> Kept() => (await platform.Rows<long>("SELECT count(*) FROM predictor.trend_day WHERE device = @_device", new { _device }))[0];

    private static byte[] Faint(int seed) => SampleAudio.Wav(8_000, 2, (time, random) => 0.001 * (random.NextDouble() - 0.5), seed);

    private Task<Guid> Score(byte[] wav) => platform.Score(wav, _device, Evening.AddMinutes(_minutes++));

    private Task<JsonElement> Trend(string query = "") => platform.Get<JsonElement>($"devices/{_device}/trend{query}");

    private IReadOnlyList<DriftDetected> Drifts() => [.. platform.Bus.Heard<DriftDetected>().Where(one => one.Device == _device)];

    private IReadOnlyList<ChampionLeftBand> Left() => [.. platform.Bus.Heard<ChampionLeftBand>().Where(one => one.Device == _device)];
}
