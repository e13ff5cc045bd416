using Platform.Predictor.Trends;

namespace Platform.Predictor.Tests;

public sealed class TrendTransitionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly TrendOptions Options = new();

    [Fact]
    public void A_level_that_moves_is_said_once_and_again_only_after_it_came_back()
    {
        double[] levels =
        [
            .. Steady(80, 0.6), .. Steady(60, 0.9), // up
            .. Steady(60, 0.6), // and back
            .. Steady(60, 0.3), // down is drift as well
        ];

        var left = Run(levels).Select((step, index) => (step.Left, index)).Where(one => one.Left is not null).Select(one => one.index).ToList();

        Assert.Equal(2, left.Count);
        Assert.InRange(left[0], 80 + 10, 80 + 29);
        Assert.InRange(left[1], 200 + 10, 200 + 29);
    }

    [Fact]
    public void Nothing_is_said_before_there_are_enough_recordings_on_both_sides()
    {
        var steps = Run([.. Steady(50, 0.6), .. Steady(29, 9)]).ToList();

        Assert.All(steps, step => Assert.Null(step.Left));
        Assert.NotNull(Run([.. Steady(50, 0.6), .. Steady(30, 9)]).Last().Left);
    }

    [Fact]
    public void Anomalous_recordings_and_alarms_are_no_part_of_where_a_device_begins()
    {
        var state = TrendState.Initial;
        for (var i = 0; i < 200; i++)
        {
            var anomalous = i % 2 == 0;
            state = TrendTransition.Next(Options, state, new(anomalous ? 3 : 0.5, anomalous, Counts: i % 4 != 3, Noon)).State;
        }

        Assert.Equal(200, state.Recordings);
        Assert.Equal(0.5, TrendTransition.BandOf(Options, state)!.Baseline);
    }

    [Fact]
    public void Of_a_hundred_machines_that_stay_as_they_are_hardly_one_is_said_to_drift_in_a_thousand_recordings()
    {
        var random = new Random(7);
        var drifted = Enumerable.Range(0, 100).Count(_ => Run([.. Wander(random, 1_000, likeness: 0)]).Any(step => step.Left is not null));
        var alike = Enumerable.Range(0, 100).Count(_ => Run([.. Wander(random, 1_000, likeness: 0.5)]).Any(step => step.Left is not null));

        Assert.True(drifted <= 1 && alike <= 6, $"{drifted} of 100 with independent recordings, {alike} of 100 with similar ones");
    }

    [Fact]
    public void Machines_whose_recordings_hardly_differ_seldom_drift_and_a_level_that_rose_by_half_is_found_as_soon()
    {
        var random = new Random(11);
        var still = Enumerable.Range(0, 100).Count(_ => Run([.. Wander(random, 1_000, likeness: 0.8)]).Any(step => step.Left is not null));
        var delays = new List<int>();
        for (var machine = 0; machine < 100; machine++)
        {
            double[] levels = [.. Wander(random, 800, likeness: 0.8).Select((level, index) => index < 600 ? level : 1.5 * level)];
            var left = Run(levels).TakeWhile(step => step.Left is null).Count();
            if (left is >= 600 and < 800)
                delays.Add(left - 600 + 1);
        }

        delays.Sort();
        Assert.True(still <= 10 && delays.Count >= 85 && delays[delays.Count / 2] <= 30, $"{still} of 100 drift, {delays.Count} of 100 are found, half of them after {delays[delays.Count / 2]}");
        TestContext.Current.SendDiagnosticMessage($"still {still}, found {delays.Count}, median {delays[delays.Count / 2]}, nine of ten {delays[delays.Count * 9 / 10]}");
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 3)]
    [InlineData(0.8, 9)]
    public void What_recordings_are_worth_follows_from_how_alike_neighbours_are(double likeness, double expected)
    {
        double[] levels = [.. Wander(new Random(5), 20_000, likeness).Select(level => Math.Log(level))]; // normal again
        var median = Quantiles.Median(levels);

        Assert.Equal(expected, Likeness.Of(levels, median, Quantiles.RobustSigma(levels, median)), 0.1 * expected);
        Assert.Equal(1, Likeness.Of([.. levels.Take(19)], median, 1)); // too few to say
        Assert.Equal(1, Likeness.Of([.. Enumerable.Repeat(0.6, 100)], 0.6, 0));
    }

    [Fact]
    public void A_baseline_grows_until_it_is_known_and_no_longer()
    {
        var random = new Random(3);
        var (alike, apart) = (Wander(random, 1_000, 0.9).ToList(), Wander(random, 1_000, 0).ToList());

        Assert.Equal(50, Run(apart).Last().State.Baseline.Count);
        Assert.InRange(Run(alike).Last().State.Baseline.Count, 100, 300);
    }

    [Fact]
    public void A_still_machine_may_move_by_what_a_sensor_drifts_in_a_day() =>
        Assert.DoesNotContain(Run([.. Enumerable.Repeat(0.6, 80), .. Enumerable.Repeat(0.62, 60)]), step => step.Left is not null);

    [Theory]
    [InlineData(10, 2, false)] // two may be an accident
    [InlineData(10, 3, true)]
    [InlineData(1_000, 60, false)]
    [InlineData(1_000, 80, true)] // 0.05 + 3 · 0.0069 is 0.0707
    [InlineData(2, 3, false)] // labels that came from elsewhere
    public void False_alarms_are_too_many_when_chance_does_not_explain_them(long recordings, long falseAlarms, bool tooMany)
    {
        var band = Band.OfFalseAlarms(0.05, recordings, falseAlarms);

        Assert.Equal(tooMany, band is not null && !band.Contains((double)falseAlarms / recordings));
    }

    private static IEnumerable<TrendStep> Run(IEnumerable<double> levels)
    {
        var state = TrendState.Initial;
        foreach (var level in levels)
        {
            var step = TrendTransition.Next(Options, state, new(level, level > 1, Counts: true, Noon));
            state = step.State;
            yield return step;
        }
    }

    // Within ±3 % of the level, the same each time.
    private static IEnumerable<double> Steady(int count, double level) => Enumerable.Range(0, count).Select(i => level * (1 + 0.03 * Math.Sin(i)));

    /// <param name="likeness">Correlation of neighbours.</param>
    private static IEnumerable<double> Wander(Random random, int count, double likeness)
    {
        var x = 0.0;
        for (var i = 0; i < count; i++)
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            x = i == 0 ? normal : likeness * x + Math.Sqrt(1 - likeness * likeness) * normal;
            yield return 0.6 * Math.Exp(0.15 * x);
        }
    }
}
