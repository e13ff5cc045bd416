using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Platform.Hosting;

/// <summary>
/// The Prometheus text format (version 0.0.4) of OpenTelemetry metrics, named as OpenTelemetry's specification maps them:
/// unit as suffix, <c>_total</c> for counters. Sums that can fall, such as up/down counters, are gauges.
/// </summary>
internal sealed class PrometheusText
{
    // Two meters may have an instrument of the same name; Prometheus wants all samples of a name in one block.
    private readonly Dictionary<string, StringBuilder> families = [];

    public void Add(Metric metric)
    {
        var kind = KindOf(metric.MetricType);
        var name = FamilyName(metric.Name, metric.Unit, kind);
        if (!families.TryGetValue(name, out var family))
        {
            family = families[name] = new StringBuilder();
            if (metric.Description is { Length: > 0 } help)
                family.Append("# HELP ").Append(name).Append(' ').Append(EscapeHelp(help)).Append('\n');
            family.Append("# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');
        }

        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            if (kind == "histogram")
                AddHistogram(family, name, metric, point);
            else
                AddSample(family, name, Labels(metric, point.Tags, null), Value(metric.MetricType, point));
        }
    }

    public override string ToString() => string.Concat(families.Values);

    internal static string FamilyName(string name, string? unit, string kind)
    {
        var family = new StringBuilder(Sanitize(name));
        var suffix = unit switch
        {
            null or "" or "1" => null,
            "s" => "seconds",
            "ms" => "milliseconds",
            "By" => "bytes",
            "%" => "percent",
            _ when unit.StartsWith('{') => null, // an annotation such as {request} is not a unit
            _ => Sanitize(unit),
        };
        if (suffix is not null && !family.ToString().EndsWith("_" + suffix, StringComparison.Ordinal))
            family.Append('_').Append(suffix);
        if (kind == "counter" && !family.ToString().EndsWith("_total", StringComparison.Ordinal))
            family.Append("_total");
        return family.ToString();
    }

    internal static string EscapeLabel(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeHelp(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string KindOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.Histogram => "histogram",
        MetricType.LongGauge or MetricType.DoubleGauge or MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => "gauge",
        _ => throw new NotSupportedException($"Metric type {type} has no Prometheus form here."),
    };

    private static double Value(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        _ => point.GetGaugeLastValueDouble(),
    };

    private static void AddHistogram(StringBuilder family, string name, Metric metric, in MetricPoint point)
    {
        var atMost = 0L; // Prometheus buckets are cumulative
        foreach (var bucket in point.GetHistogramBuckets())
        {
            atMost += bucket.BucketCount;
            AddSample(family, name + "_bucket", Labels(metric, point.Tags, Number(bucket.ExplicitBound)), atMost);
        }

        AddSample(family, name + "_sum", Labels(metric, point.Tags, null), point.GetHistogramSum());
        AddSample(family, name + "_count", Labels(metric, point.Tags, null), point.GetHistogramCount());
    }

    private static void AddSample(StringBuilder family, string name, string labels, double value) =>
        family.Append(name).Append('{').Append(labels).Append("} ").Append(Number(value)).Append('\n');

    private static string Labels(Metric metric, ReadOnlyTagCollection tags, string? upperBound)
    {
        var labels = new StringBuilder("otel_scope_name=\"").Append(EscapeLabel(metric.MeterName)).Append('"');
        foreach (var tag in tags)
        {
            var value = Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "";
            labels.Append(',').Append(Sanitize(tag.Key)).Append("=\"").Append(EscapeLabel(value)).Append('"');
        }

        if (upperBound is not null)
            labels.Append(",le=\"").Append(upperBound).Append('"');
        return labels.ToString();
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Sanitize(string name)
    {
        var clean = string.Create(name.Length, name, static (span, text) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsAsciiLetterOrDigit(text[i]) ? text[i] : '_';
        });
        return char.IsAsciiDigit(clean[0]) ? "_" + clean : clean;
    }
}
