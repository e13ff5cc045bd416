using Platform.Cli.Client;
using Platform.Cli.Evaluation;
using Platform.Cli.Recordings;

namespace Platform.Cli.Demo;

/// <summary>What the demo found for one device.</summary>
/// <param name="Recordings">Recordings that the model was trained on.</param>
/// <param name="VersionState">As the registry has it; other than <c>deployed</c> when its gate kept the version back.</param>
/// <param name="ServedVersion">The version that gave the scores.</param>
internal sealed record DemoDeviceResult(
    string Device, string ModelId, int? Recordings, int? Patches, int? Epochs, int? Steps, double? Threshold, int Version, string? VersionState, int ServedVersion,
    double? Auc, int AlarmsExpected, int AlarmsRaised, int HealthyRecordings, int FalseAlarms, double? TrainingSeconds, string Run)
{
    /// <param name="healthy">Scores of healthy recordings, each with whether it raised an alarm.</param>
    public static DemoDeviceResult From(
        DemoDevice device, Run run, ModelVersion version, int served, double? threshold, IReadOnlyList<TestScore> healthy, IReadOnlyList<TestScore> faulty) =>
        new(device.Device, run.ModelId, run.Recordings, run.Patches, run.Epochs, run.Steps, threshold, version.Version, version.State, served,
            DetectionMetrics.Auc([.. healthy.Select(score => score.Score)], [.. faulty.Select(score => score.Score)]),
            faulty.Count, faulty.Count(score => score.Anomalous), healthy.Count, healthy.Count(score => score.Anomalous),
            run.TrainingSeconds, run.Name);
}
