using System.Globalization;
using Platform.Cli.Client;
using Platform.Cli.Output;

namespace Platform.Cli.Trends;

/// <summary>Days as bars: full up to the median, shaded up to 95 %, with a mark at the threshold.</summary>
internal static class TrendChart
{
    private const int Width = 48;
    private const double Edge = 1.5; // shares of the threshold that fit; what is louder is cut
    private const int Threshold = (int)(Width / Edge);

    public static void Show(DeviceTrend trend, Report report)
    {
        if (trend.Days.Count == 0)
        {
            report.Line($"No recording of {trend.Device} was scored in these days.");
            return;
        }

        report.Line($"scores of {trend.Device} as shares of the threshold, days of {trend.TimeZone} (█ median, ░ 95 %, │ threshold)");
        (string, long)? before = null;
        foreach (var day in trend.Days)
        {
            if (before is not null && before != (day.ModelId, day.Deployment))
                report.Line($"           ── v{day.Version} deployed: scores before and after cannot be compared");
            before = (day.ModelId, day.Deployment);
            report.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{day.Day}  {Bar(day.Median, day.P95)}  {day.Median,5:0.00} {day.P95,5:0.00}  {Shown.Count(day.Recordings, "recording")}{(day.Anomalous > 0 ? $", {day.Anomalous} anomalous" : "")}"));
        }

        foreach (var deployment in trend.Deployments.Take(1))
            report.Line(Standing(deployment));
    }

    internal static string Bar(double median, double p95)
    {
        var cells = new char[Width];
        for (var i = 0; i < Width; i++)
            cells[i] = i < Cells(median) ? '█' : i < Cells(p95) ? '░' : i == Threshold ? '│' : ' ';
        return new string(cells);
    }

    private static int Cells(double share) => (int)Math.Round(Math.Clamp(share / Edge, 0, 1) * Width);

    private static string Standing(DeploymentTrend deployment) => deployment switch
    {
        { Baseline: null } => string.Create(CultureInfo.InvariantCulture, $"v{deployment.Version}: {Shown.Count(deployment.Recordings, "recording")}, too few to know its level."),
        { DriftingSince: { } since } => string.Create(
            CultureInfo.InvariantCulture,
            $"v{deployment.Version} drifts since {Shown.Time(since)}: median {deployment.Current:0.000}, at deployment {deployment.Baseline:0.000} ({deployment.Low:0.000} to {deployment.High:0.000}). Train again."),
        _ => string.Create(
            CultureInfo.InvariantCulture,
            $"v{deployment.Version}: median {deployment.Current:0.000}, at deployment {deployment.Baseline:0.000}, expected {deployment.Low:0.000} to {deployment.High:0.000}."),
    };
}
