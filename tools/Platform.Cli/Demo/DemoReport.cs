using System.Globalization;
using Platform.Cli.Output;
using Spectre.Console;

namespace Platform.Cli.Demo;

/// <summary>The demo's findings as a table and as JSON.</summary>
internal static class DemoReport
{
    public static void Show(IReadOnlyList<DemoDeviceResult> devices, IReadOnlyDictionary<string, double> seconds, Report report)
    {
        var table = new Table().AddColumns("device", "recordings", "patches", "epochs", "threshold", "version", "AUC", "alarms", "false alarms", "training");
        foreach (var device in devices)
        {
            table.AddRow(
                Markup.Escape(device.Device), Text(device.Recordings), Text(device.Patches), Text(device.Epochs), Text(device.Threshold, "0.00000"),
                $"v{device.Version}{(device.VersionState is "rejected" or "registered" ? $" {device.VersionState}, v{device.ServedVersion} serves" : "")}",
                Text(device.Auc, "0.000"), $"{device.AlarmsRaised}/{device.AlarmsExpected}", $"{device.FalseAlarms}/{device.HealthyRecordings}",
                $"{Text(device.TrainingSeconds, "0.0")} s");
        }

        report.Show(table);
        report.Line("seconds: " + string.Join(", ", seconds.Select(station => string.Create(CultureInfo.InvariantCulture, $"{station.Key} {station.Value:0.0}"))));
    }

    /// <summary>What the demo promises for machines that it made up itself; null when it kept the promise.</summary>
    public static string? Failure(IEnumerable<DemoDeviceResult> devices)
    {
        var failures = devices.SelectMany(device => (string[])
        [
            .. device.AlarmsRaised < device.AlarmsExpected ? [$"{device.Device} missed {device.AlarmsExpected - device.AlarmsRaised} of {device.AlarmsExpected} faults"] : (string[])[],
            .. device.FalseAlarms > 1 ? [$"{device.Device} raised {device.FalseAlarms} false alarms"] : (string[])[],
        ]).ToList();
        return failures.Count == 0 ? null : string.Join("; ", failures);
    }

    private static string Text(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "–";

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";
}
