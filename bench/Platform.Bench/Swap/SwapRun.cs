using System.Collections.Concurrent;
using System.Diagnostics;
using Platform.Bench.Serving;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Bench.Swap;

/// <summary>What the clients and the registry of a run saw.</summary>
/// <param name="With">Latencies in milliseconds of each turn with swaps; <paramref name="Without"/> those of the turns between them.</param>
/// <param name="ToServing">From the announcement until the replica names the deployment, in milliseconds.</param>
/// <param name="Memory">Resident bytes of the first replica by the number of swaps.</param>
internal sealed record SwapResult(
    IReadOnlyList<IReadOnlyCollection<double>> With,
    IReadOnlyList<IReadOnlyCollection<double>> Without,
    IReadOnlyCollection<double> ToServing,
    IReadOnlyList<(int Swaps, long Bytes)> Memory,
    int Requests,
    IReadOnlyCollection<string> Failures,
    IReadOnlyCollection<string> Mixed,
    IReadOnlyCollection<string> Unserved);

/// <summary>Swaps and quiet take turns under one constant load.</summary>
internal sealed class SwapRun(SwapSettings settings, BenchPredictors predictors, SwapPackages packages, byte[] wav)
{
    private static readonly TimeSpan SwapTurn = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan QuietTurn = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly ConcurrentQueue<string> _mixed = new();
    private readonly ConcurrentQueue<double> _toServing = new();
    private readonly ConcurrentDictionary<string, ModelDeployed> _wanted = new();
    private readonly List<(int, long)> _memory = [];
    private readonly Random[] _random = [.. Enumerable.Range(0, settings.Clients).Select(client => new Random(client))];
    private volatile int _reachable = settings.Replicas;
    private int _bad;

    public async Task<SwapResult> Run(CancellationToken cancellationToken)
    {
        // 1. everything deployed, compiled and warm: what a replica is after its first minutes
        foreach (var device in packages.Devices)
            await Deploy(device, cancellationToken);
        await AllServed(cancellationToken);
        await SteadyLoad.Capacity(settings.Clients, TimeSpan.FromSeconds(8), Ask);
        await Swap(2 * packages.Devices.Count, cancellationToken);
        await AllServed(cancellationToken);
        var capacity = await SteadyLoad.Capacity(settings.Clients, TimeSpan.FromSeconds(8), Ask);
        await Console.Error.WriteLineAsync($"capacity {capacity:0} requests/s; the load is half of it");

        // 2. turns
        var load = new SteadyLoad(settings.Clients, capacity / 2, Ask);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var loading = load.Run(end.Token);
        var (with, without) = (new List<IReadOnlyCollection<double>>(), new List<IReadOnlyCollection<double>>());
        var perTurn = (int)(SwapTurn.TotalSeconds * settings.PerSecond);
        Remember(0);
        for (var done = 0; done < settings.Swaps; done += perTurn)
        {
            without.Add(await Turn(load, () => Task.Delay(QuietTurn, cancellationToken), cancellationToken));
            await FreezeOrThaw(done, perTurn);
            var swaps = Math.Min(perTurn, settings.Swaps - done);
            with.Add(await Turn(load, () => Swap(swaps, cancellationToken), cancellationToken));
            Remember(done + swaps);
            await Console.Error.WriteLineAsync(
                $"{done + swaps} swaps: p99 {Quantiles.Of(with[^1], 0.99):0.0} ms with, {Quantiles.Of(without[^1], 0.99):0.0} ms without; p50 {Quantiles.Of(with[^1], 0.5):0.0} and {Quantiles.Of(without[^1], 0.5):0.0}; {_memory[^1].Item2 >> 20} MiB");
        }

        await end.CancelAsync();
        await loading;

        // 3. whoever was away has to know everything
        await Thaw();
        var unserved = await AllServed(cancellationToken);
        return new(with, without, _toServing, _memory, load.Requests, load.Failures, _mixed, unserved);
    }

    private static async Task<IReadOnlyCollection<double>> Turn(SteadyLoad load, Func<Task> work, CancellationToken cancellationToken)
    {
        var latencies = new ConcurrentBag<double>();
        var working = work();
        await Task.Delay(Settling, cancellationToken);
        load.CountIn(latencies);
        await working;
        load.CountIn(null);
        await Task.Delay(Settling, cancellationToken);
        return latencies;
    }

    private async Task Ask(int client)
    {
        var random = _random[client];
        var replica = predictors.Replicas[random.Next(_reachable)];
        var answer = await replica.Http.Score(packages.Devices[random.Next(packages.Devices.Count)], wav, CancellationToken.None);
        if (packages.Fault(answer) is { } fault)
            _mixed.Enqueue(fault);
    }

    private async Task Swap(int count, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var probes = new List<Task>();
        for (var i = 0; i < count; i++)
        {
            var device = packages.Devices[i % packages.Devices.Count];
            if (settings.Corrupt && i % 10 == 9)
                await predictors.Publish(packages.NextBad(device, corrupt: _bad++ % 2 == 0), cancellationToken);
            else
                await Deploy(device, cancellationToken);
            if (i % 4 == 0)
                probes.Add(Probe(device, _wanted[device].Deployment, cancellationToken));
            var wait = TimeSpan.FromSeconds((i + 1) / settings.PerSecond) - Stopwatch.GetElapsedTime(started);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, cancellationToken);
        }

        await Task.WhenAll(probes);
    }

    private Task Deploy(string device, CancellationToken cancellationToken)
    {
        var next = _wanted[device] = packages.Next(device);
        return predictors.Announce(next, cancellationToken);
    }

    /// <summary>Asks until the first replica names the deployment, or a later one.</summary>
    private async Task Probe(string device, long deployment, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (await Serving(predictors.Replicas[0], device, cancellationToken) < deployment)
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
                return; // it is among the unserved at the end, or a later one is
            await Task.Delay(5, cancellationToken);
        }

        _toServing.Enqueue(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private static async Task<long> Serving(ServiceProcess replica, string device, CancellationToken cancellationToken)
    {
        using var response = await replica.Http.GetAsync($"devices/{device}/model", cancellationToken);
        if (!response.IsSuccessStatusCode)
            return 0;
        using var json = System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        return json.RootElement.GetProperty("deployment").GetInt64();
    }

    /// <summary>Devices whose last good deployment a replica does not serve after all patience.</summary>
    private async Task<IReadOnlyCollection<string>> AllServed(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        for (; ; await Task.Delay(50, cancellationToken))
        {
            var unserved = new List<string>();
            foreach (var replica in predictors.Replicas)
            {
                foreach (var wanted in _wanted)
                {
                    if (await Serving(replica, wanted.Key, cancellationToken) != wanted.Value.Deployment)
                        unserved.Add($"{wanted.Key} deployment {wanted.Value.Deployment} on {replica.Address}");
                }
            }

            if (unserved.Count == 0 || Stopwatch.GetElapsedTime(started) > Patience)
                return unserved;
        }
    }

    private async Task FreezeOrThaw(int done, int perTurn)
    {
        if (!settings.Freeze)
            return;
        if (_reachable == settings.Replicas && done >= settings.Swaps / 3 && done < settings.Swaps * 2 / 3)
        {
            // As a load balancer does with a replica that answers no more; what it had begun is answered first.
            _reachable = settings.Replicas - 1;
            await Task.Delay(Settling);
            await predictors.Replicas[^1].Freeze();
        }
        else if (done + perTurn > settings.Swaps * 2 / 3)
        {
            await Thaw();
        }
    }

    private async Task Thaw()
    {
        if (_reachable == settings.Replicas)
            return;
        await predictors.Replicas[^1].Thaw();
        await Task.Delay(Settling);
        _reachable = settings.Replicas;
    }

    private void Remember(int swaps) => _memory.Add((swaps, predictors.Replicas[0].ResidentBytes));
}
