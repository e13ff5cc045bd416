using System.Diagnostics;
using Platform.Bench.Serving;

namespace Platform.Bench.Scoring;

/// <summary><c>POST score</c> of a recording of 10 s, one at a time.</summary>
internal static class PostRow
{
    private const double LimitMilliseconds = 40;

    public static async Task<Row> Measure(BenchPredictors platform, int posts, CancellationToken cancellationToken)
    {
        const string device = "P-1";
        var deployed = await BenchModel.Create(device, 1).Publish(platform.Store, 1, cancellationToken);
        await platform.Announce(deployed, cancellationToken);
        await platform.Served([deployed], cancellationToken);
        var wav = BenchAudio.Hum(seconds: 10);
        var latencies = new List<double>();
        for (var i = 0; i < posts + 100; i++)
        {
            var sent = Stopwatch.GetTimestamp();
            await platform.Replicas[0].Http.Score(device, wav, cancellationToken);
            if (i >= 100) // compiled
                latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }

        var p99 = Quantiles.Of(latencies, 0.99);
        await Console.Error.WriteLineAsync($"POST score: p50 {Quantiles.Of(latencies, 0.5):0.0} ms, p99 {p99:0.0} ms, longest {latencies.Max():0.0} ms");
        return new("POST score, 10 s of audio: p99", p99, LimitMilliseconds, "ms", p99 / LimitMilliseconds, 1, Better.Lower);
    }
}
