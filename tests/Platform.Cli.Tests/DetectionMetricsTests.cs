using System.Text.Json;
using Platform.Cli.Demo;

namespace Platform.Cli.Tests;

public sealed class DetectionMetricsTests
{
    [Fact]
    public void Auc_equals_scikit_learns_also_where_scores_tie()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "metrics.json")));
        var cases = golden.RootElement.EnumerateArray().ToList();

        Assert.NotEmpty(cases);
        foreach (var example in cases)
        {
            var labels = example.GetProperty("labels").EnumerateArray().Select(label => label.GetInt32());
            var scored = example.GetProperty("scores").EnumerateArray().Select(score => score.GetDouble()).Zip(labels).ToList();

            var auc = DetectionMetrics.Auc(
                [.. scored.Where(pair => pair.Second == 0).Select(pair => pair.First)],
                [.. scored.Where(pair => pair.Second == 1).Select(pair => pair.First)]);

            Assert.NotNull(auc);
            Assert.Equal(example.GetProperty("auc").GetDouble(), auc.Value, 1e-12);
        }
    }

    [Theory]
    [InlineData(new[] { 1.0, 2.0 }, new[] { 3.0, 4.0 }, 1.0)]
    [InlineData(new[] { 3.0, 4.0 }, new[] { 1.0, 2.0 }, 0.0)]
    [InlineData(new[] { 1.0, 1.0 }, new[] { 1.0 }, 0.5)]
    public void Auc_of_separated_and_of_equal_scores(double[] healthy, double[] faulty, double expected) =>
        Assert.Equal(expected, DetectionMetrics.Auc(healthy, faulty));

    [Fact]
    public void Auc_of_one_side_alone_is_not_known()
    {
        Assert.Null(DetectionMetrics.Auc([], [1.0]));
        Assert.Null(DetectionMetrics.Auc([1.0], []));
    }
}
