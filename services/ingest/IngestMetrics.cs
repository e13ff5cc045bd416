using System.Diagnostics.Metrics;

namespace Platform.Ingest;

/// <summary>What came in.</summary>
internal sealed class IngestMetrics
{
    private readonly Counter<long> recordings;
    private readonly Counter<long> bytes;

    public IngestMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Platform.Ingest");
        recordings = meter.CreateCounter<long>(
            "platform.ingest.recordings", "{recording}", "Recordings by outcome: archived, known, quarantined.");
        bytes = meter.CreateCounter<long>("platform.ingest.archived", "By", "Bytes of archived recordings.");
    }

    public void Archived(long size)
    {
        Count("archived");
        bytes.Add(size);
    }

    public void AlreadyKnown() => Count("known");

    public void Quarantined() => Count("quarantined");

    private void Count(string outcome) => recordings.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
