using System.Collections.Concurrent;
using System.Diagnostics;

namespace Platform.Bench.Serving;

/// <summary>
/// Clients that send at a constant rate whatever the answers take. A request is timed from when it was due if its client was still busy then,
/// so a stall is counted for everybody who would have met it.
/// </summary>
internal sealed class SteadyLoad(int clients, double perSecond, Func<int, Task> request)
{
    private readonly ConcurrentQueue<string> failures = new();
    private ConcurrentBag<double>? turn;
    private int requests;

    public IReadOnlyCollection<string> Failures => failures;

    public int Requests => Volatile.Read(ref requests);

    /// <summary>Requests that become due from now on are counted here; null counts them nowhere.</summary>
    public void CountIn(ConcurrentBag<double>? latencies) => Volatile.Write(ref turn, latencies);

    public Task Run(CancellationToken until) => Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => Client(client, until), CancellationToken.None)));

    /// <summary>Answers a second when each client sends its next request as soon as the last is answered.</summary>
    public static async Task<double> Capacity(int clients, TimeSpan time, Func<int, Task> request)
    {
        var (started, answered) = (Stopwatch.GetTimestamp(), 0);
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                await request(client);
                Interlocked.Increment(ref answered);
            }
        })));
        return answered / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private async Task Client(int client, CancellationToken until)
    {
        var started = Stopwatch.GetTimestamp();
        var period = clients / perSecond;
        for (var number = 0; !until.IsCancellationRequested; number++)
        {
            var due = ((double)client / clients + number) * period;
            var wait = TimeSpan.FromSeconds(due) - Stopwatch.GetElapsedTime(started);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, CancellationToken.None);
            var late = wait > TimeSpan.Zero ? TimeSpan.Zero : -wait; // a timer that fires late is not the service's fault
            var (counted, sent) = (Volatile.Read(ref turn), Stopwatch.GetTimestamp());
            try
            {
                await request(client);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or TaskCanceledException or InvalidDataException)
            {
                failures.Enqueue(exception.Message);
            }

            Interlocked.Increment(ref requests);
            counted?.Add((Stopwatch.GetElapsedTime(sent) + late).TotalMilliseconds);
        }
    }
}
