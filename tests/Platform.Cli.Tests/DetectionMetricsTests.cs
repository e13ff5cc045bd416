using System.Text.Json;
using Platform.Cli.Evaluation;

namespace Platform.Cli.Tests;

public sealed class DetectionMetricsTests
{
    public static TheoryData<int> Cases { get; } = [.. Enumerable.Range(0, Golden().Count)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Areas_and_rates_equal_scikit_learns_also_where_scores_tie(int index)
    {
        var example = Golden()[index];
        var labels = example.GetProperty("labels").EnumerateArray().Select(label => label.GetInt32());
        var scored = example.GetProperty("scores").EnumerateArray().Select(score => score.GetDouble()).Zip(labels).ToList();
        double[] healthy = [.. scored.Where(pair => pair.Second == 0).Select(pair => pair.First)];
        double[] faulty = [.. scored.Where(pair => pair.Second == 1).Select(pair => pair.First)];
        var counts = AlarmCounts.Of([.. healthy.Select(score => score > 0.7)], [.. faulty.Select(score => score > 0.7)]);
        var expected = example.GetProperty("at_0.7");

        Assert.Equal(example.GetProperty("auc").GetDouble(), DetectionMetrics.Auc(healthy, faulty)!.Value, 1e-12);
        Assert.Equal(example.GetProperty("pauc_0.1_mcclish").GetDouble(), DetectionMetrics.PartialAuc(healthy, faulty)!.Value, 1e-12);
        Assert.Equal(
            (expected.GetProperty("tp").GetInt32(), expected.GetProperty("fp").GetInt32(), expected.GetProperty("fn").GetInt32(), expected.GetProperty("tn").GetInt32()),
            (counts.TruePositives, counts.FalsePositives, counts.FalseNegatives, counts.TrueNegatives));
        Assert.Equal(expected.GetProperty("precision").GetDouble(), counts.Precision ?? 0, 1e-12);
        Assert.Equal(expected.GetProperty("recall").GetDouble(), counts.Recall ?? 0, 1e-12);
        Assert.Equal(expected.GetProperty("f1").GetDouble(), counts.F1 ?? 0, 1e-12);
        Assert.Equal(100 * expected.GetProperty("false_alarm_rate").GetDouble(), counts.FalseAlarmsPer100!.Value, 1e-9);
    }

    [Theory]
    [InlineData(new[] { 1.0, 2.0 }, new[] { 3.0, 4.0 }, 1.0)]
    [InlineData(new[] { 3.0, 4.0 }, new[] { 1.0, 2.0 }, 0.0)]
    [InlineData(new[] { 1.0, 1.0 }, new[] { 1.0 }, 0.5)]
    public void Auc_of_separated_and_of_equal_scores(double[] healthy, double[] faulty, double expected) =>
        Assert.Equal(expected, DetectionMetrics.Auc(healthy, faulty));

    [Fact]
    public void Areas_of_one_side_alone_are_not_known()
    {
        Assert.Null(DetectionMetrics.Auc([], [1.0]));
        Assert.Null(DetectionMetrics.Auc([1.0], []));
        Assert.Null(DetectionMetrics.PartialAuc([], [1.0]));
        Assert.Null(DetectionMetrics.PartialAuc([1.0], []));
    }

    [Fact]
    public void One_bad_device_pulls_the_harmonic_mean_down()
    {
        Assert.Equal(0.5, DetectionMetrics.HarmonicMean([1.0, 1 / 3.0])!.Value, 1e-12);
        Assert.Equal(0, DetectionMetrics.HarmonicMean([1.0, 0.0]));
        Assert.Null(DetectionMetrics.HarmonicMean([]));
    }

    private static List<JsonElement> Golden()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "metrics.json")));
        return [.. golden.RootElement.EnumerateArray().Select(example => example.Clone())];
    }
}
