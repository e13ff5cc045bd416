using System.Diagnostics.Metrics;

namespace Platform.Predictor;

/// <summary>What operators can watch of this service, beside what every service has.</summary>
internal static class Telemetry
{
    private static readonly Meter Meter = new("Platform.Predictor");

    private static readonly Counter<long> Scored = Meter.CreateCounter<long>(
        "predictor.recordings.scored", "{recording}", "Recordings given their score.");

    private static readonly Counter<long> Deployments = Meter.CreateCounter<long>(
        "predictor.deployments", "{deployment}", "Deployments that this replica loaded or rejected.");

    private static readonly Histogram<double> LoadTime = Meter.CreateHistogram<double>(
        "predictor.model.load.duration", "s", "From the announcement of a deployment to its swap.");

    internal static void RecordingScored(string verdict) => Scored.Add(1, new KeyValuePair<string, object?>("verdict", verdict));

    internal static void DeploymentLoaded(double milliseconds)
    {
        Deployments.Add(1, new KeyValuePair<string, object?>("outcome", "loaded"));
        LoadTime.Record(milliseconds / 1_000);
    }

    private static readonly Counter<long> Packages = Meter.CreateCounter<long>(
        "predictor.packages.opened", "{package}", "Packages read, built and verified, for whatever reason.");

    internal static void PackageOpened() => Packages.Add(1);

    private static readonly Counter<long> Evictions = Meter.CreateCounter<long>(
        "predictor.models.evicted", "{model}", "Models that had to leave memory for others.");

    internal static void ModelEvicted() => Evictions.Add(1);

    /// <summary>For the one memory of this process.</summary>
    internal static void WatchMemory(Func<long> bytes, Func<int> models)
    {
        Meter.CreateObservableGauge("predictor.models.memory", bytes, "By", "Estimated memory of the models that are loaded.");
        Meter.CreateObservableGauge("predictor.models.loaded", models, "{model}", "Models in memory, those to go back to included.");
    }

    internal static void DeploymentRejected() => Deployments.Add(1, new KeyValuePair<string, object?>("outcome", "rejected"));
}
