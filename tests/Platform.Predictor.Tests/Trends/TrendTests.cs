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

    private static byte[] Faint(int seed) => SampleAudio.Wav(8_000, 2, (time, random) => 0.001 * (random.NextDouble() - 0.5), seed);

    private Task<Guid> Score(byte[] wav) => platform.Score(wav, _device, Evening.AddMinutes(_minutes++));

    private Task<JsonElement> Trend(string query = "") => platform.Get<JsonElement>($"devices/{_device}/trend{query}");

    private IReadOnlyList<DriftDetected> Drifts() => [.. platform.Bus.Heard<DriftDetected>().Where(one => one.Device == _device)];

    private IReadOnlyList<ChampionLeftBand> Left() => [.. platform.Bus.Heard<ChampionLeftBand>().Where(one => one.Device == _device)];
}
