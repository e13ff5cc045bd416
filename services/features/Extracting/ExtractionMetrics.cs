using System.Diagnostics.Metrics;

namespace Platform.Features.Extracting;

/// <summary>What extraction did, for dashboards.</summary>
internal sealed class ExtractionMetrics
{
    private readonly Counter<long> _recordings;
    private readonly Counter<long> _patches;
    private readonly Histogram<double> _seconds;

    public ExtractionMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Platform.Features");
        _recordings = meter.CreateCounter<long>("features.recordings", description: "Recordings extracted or failed for good, by outcome");
        _patches = meter.CreateCounter<long>("features.patches", description: "Patches extracted");
        _seconds = meter.CreateHistogram<double>(
            "features.extraction.duration", unit: "s", description: "Reading, extracting and storing one recording");
    }

    public void Extracted(int patches, TimeSpan elapsed)
    {
        _recordings.Add(1, new KeyValuePair<string, object?>("outcome", "extracted"));
        _patches.Add(patches);
        _seconds.Record(elapsed.TotalSeconds);
    }

    public void Failed(string reason) => _recordings.Add(1, new KeyValuePair<string, object?>("outcome", reason));
}
