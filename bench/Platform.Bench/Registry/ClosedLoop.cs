using System.Diagnostics;

namespace Platform.Bench.Registry;

/// <summary>What clients saw that each sent its next request when the last was answered.</summary>
internal sealed record Load(int Requests, double PerSecond, double P50, double P99, double Longest, string Busy)
{
    public string Summary => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Requests} requests, {PerSecond:0}/s, p50 {P50:0.0} ms, p99 {P99:0.0} ms, longest {Longest:0} ms; {Busy}");
}

/// <summary>Several clients at once, as load tools do it; the first seconds, in which the service is still compiled, are not counted.</summary>
internal static class ClosedLoop
{
    private const double WarmUpSeconds = 10;

    /// <param name="request">Sends one request; gets the number of the client and of its request. Throws for an answer that is not right.</param>
    /// <param name="busy">Processor time of what the load is spent on, by name.</param>
    public static async Task<Load> Run(
        int clients, double seconds, Func<int, int, Task> request, Func<Dictionary<string, TimeSpan>> busy, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var latencies = new List<double>[clients];
        var before = new Dictionary<string, TimeSpan>();
        var counting = Task.Run(async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(WarmUpSeconds), cancellationToken);
            before = busy();
        }, cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => Client(client), cancellationToken)));
        await counting;
        var all = latencies.SelectMany(one => one).Order().ToArray();
        var spent = busy().Select(now => $"{now.Key} {(now.Value - before[now.Key]).TotalSeconds / seconds:0.00}");
        return new Load(all.Length, all.Length / seconds, At(0.5), At(0.99), all[^1], $"cores busy: {string.Join(", ", spent)}");

        double At(double quantile) => all[(int)Math.Ceiling(all.Length * quantile) - 1];

        async Task Client(int client)
        {
            var own = latencies[client] = [];
            for (var number = 0; ; number++)
            {
                var sent = Stopwatch.GetTimestamp();
                await request(client, number);
                var now = Stopwatch.GetElapsedTime(started).TotalSeconds;
                if (now > WarmUpSeconds + seconds)
                    return;
                if (now > WarmUpSeconds)
                    own.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }
        }
    }
}
