using Platform.Cli.Client;
using Platform.Cli.Output;
using Spectre.Console;

namespace Platform.Cli.Explanations;

/// <summary>Every detector of a model with its own threshold: scores of different detectors are not to be compared with each other.</summary>
internal static class DetectorTable
{
    public static Table Of(IEnumerable<DetectorScore> detectors)
    {
        var table = new Table().AddColumns("detector", "score", "threshold", "says", "alarms");
        foreach (var detector in detectors)
        {
            table.AddRow(
                Shown.Of(detector.Detector), Shown.Number(detector.Score, "0.000000"), Shown.Number(detector.Threshold, "0.000000"),
                detector.Exceeded ? "above" : "below", detector.Alarming ? "yes" : "no");
        }

        return table;
    }
}
