using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Platform.Hosting;

/// <summary>
/// Collects all metrics when somebody asks for them, as Prometheus text (the exporter packages are not in the feed).
/// Thread-safe: one scrape at a time.
/// </summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    private const int CollectTimeoutMilliseconds = 5_000;

    private readonly Lock gate = new();
    private PrometheusText text = new();

    public Func<int, bool>? Collect { get; set; }

    public string Scrape()
    {
        lock (gate)
        {
            text = new PrometheusText();
            // Calls Export below, on this thread.
            if (Collect?.Invoke(CollectTimeoutMilliseconds) != true)
                throw new TimeoutException("Metrics were not collected in time.");
            return text.ToString();
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (var metric in batch)
            text.Add(metric);
        return ExportResult.Success;
    }
}
