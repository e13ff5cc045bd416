using System.Globalization;
using Platform.Cli.Output;
using Spectre.Console;

namespace Platform.Cli.Evaluation;

/// <summary>An evaluation as tables for people.</summary>
internal static class EvaluationReport
{
    public static void Show(IReadOnlyList<DeviceResult> devices, Summary summary, Report report)
    {
        var table = new Table().AddColumns("device", "detector", "AUC", "pAUC", "precision", "recall", "F1", "false alarms per 100", "healthy", "faulty");
        foreach (var device in devices.Where(device => device.Error is null))
        {
            foreach (var quality in device.Quality)
            {
                var first = quality.Detector == ScoredClip.Verdict;
                table.AddRow(
                    first ? Shown.Of(device.Device) : "", (first ? $"{quality.Detector}, ranked by {device.RankedBy}" : quality.Detector) + (first || quality.Alarming ? "" : " (shown only)"), Text(quality.Auc), Text(quality.Pauc),
                    Text(quality.Precision), Text(quality.Recall), Text(quality.F1), Text(quality.FalseAlarmsPer100, "0.0"),
                    first ? Text(device.Normal) : "", first ? Text(device.Anomalous) : "");
            }
        }

        report.Show(table);
        foreach (var device in devices)
        {
            if (device.Error is not null)
                report.Line($"{device.Device}: {device.Error}");
            foreach (var other in device.Others)
                report.Line($"{device.Device}: {other.Alarms} of {other.Recordings} in test/{other.Set} raise an alarm ({string.Join(", ", other.ByDetector.Select(detector => $"{detector.Key} {detector.Value}"))})");
        }

        ShowTimelines(devices, report);
        report.Line(string.Create(CultureInfo.InvariantCulture,
            $"all devices: harmonic mean of AUC {Text(summary.HarmonicMeanAuc)}, of pAUC {Text(summary.HarmonicMeanPauc)}, of both {Text(summary.HarmonicMean)}"));
        report.Line($"pooled verdicts: precision {Text(summary.Precision)}, recall {Text(summary.Recall)}, F1 {Text(summary.F1)}, false alarms per 100 {Text(summary.FalseAlarmsPer100, "0.0")}");
        report.Line(string.Create(CultureInfo.InvariantCulture,
            $"in brackets: {100 * Bootstrap.Confidence:0} % intervals of {Bootstrap.Samples} bootstrap resamples"));
    }

    private static void ShowTimelines(IReadOnlyList<DeviceResult> devices, Report report)
    {
        if (devices.All(device => device.Timelines is null))
            return;
        var table = new Table().AddColumns("life of", "detector", "first lasting alarm", "false alarms before 50 %", "of them not trained on");
        foreach (var device in devices.Where(device => device.Timelines is not null))
        {
            foreach (var (detector, timeline) in device.Timelines!)
            {
                table.AddRow(
                    detector == ScoredClip.Verdict ? Shown.Of(device.Device) : "", detector,
                    timeline.FirstLastingAlarm is { } share ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} % of life") : "none",
                    $"{timeline.FalseAlarms} of {timeline.HealthyRecordings}", $"{timeline.UnheardFalseAlarms} of {timeline.UnheardHealthyRecordings}");
            }
        }

        report.Show(table);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(Estimate? estimate, string format = "0.000") => estimate is null
        ? "–"
        : string.Create(CultureInfo.InvariantCulture, $"{estimate.Value.ToString(format, CultureInfo.InvariantCulture)} ({estimate.Low.ToString(format, CultureInfo.InvariantCulture)}–{estimate.High.ToString(format, CultureInfo.InvariantCulture)})");
}
