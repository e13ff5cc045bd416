using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Platform.Bench.Serving;
using Platform.Contracts;

namespace Platform.Bench.Shadow;

/// <param name="Requests">Latencies of <c>POST score</c> in milliseconds.</param>
/// <param name="Recordings">From the announcement of its patches until a recording's score was heard, in milliseconds.</param>
internal sealed record ShadowTurn(bool Shadowed, IReadOnlyCollection<double> Requests, IReadOnlyCollection<double> Recordings);

/// <param name="Announced">Recordings while the shadows were live.</param>
internal sealed record ShadowResult(IReadOnlyList<ShadowTurn> Turns, IReadOnlyCollection<string> Failures, long Announced, long ScoredByShadows);

/// <summary>
/// Turns with and without shadows under one load: clients that ask for scores at a quarter of what the service can take, and
/// recordings of a minute that come evenly.
/// </summary>
internal sealed class ShadowRun(ShadowSettings settings, BenchPredictors platform)
{
    private const int Clients = 8;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    // Recordings of the last two seconds before a shadow are taken for its own, since clocks differ.
    private static readonly TimeSpan NotOfTheShadow = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string[] _devices = [.. Enumerable.Range(0, settings.Devices).Select(number => $"S-{number}")];
    private readonly byte[] _wav = BenchAudio.Hum(seconds: 10);
    private readonly List<ShadowDeployed> _shadows = [];
    private readonly ConcurrentDictionary<Guid, long> _announced = new();
    private StoredRecording? _recording;
    private long _revision;
    private int _recordings;

    public async Task<ShadowResult> Run(CancellationToken cancellationToken)
    {
        // 1. champions, their shadows' packages, and a replica that is compiled
        await Deploy(cancellationToken);
        _recording = await StoredRecording.Put(platform, seconds: 60, cancellationToken);
        await SteadyLoad.Capacity(Clients, TimeSpan.FromSeconds(8), Ask);
        await Say(ShadowStates.Live, cancellationToken);
        await Announce(TimeSpan.FromSeconds(8), cancellationToken);
        await Scored(Patience, cancellationToken);
        await Say(ShadowStates.Dropped, cancellationToken);
        var capacity = await SteadyLoad.Capacity(Clients, TimeSpan.FromSeconds(5), Ask);
        var requests = settings.Requests > 0 ? settings.Requests : capacity / 4;
        await Console.Error.WriteLineAsync($"capacity {capacity:0} requests/s; the load is {requests:0} of them, and {settings.PerSecond} recordings of {_recording.Patches} patches a second");

        // 2. turns
        var load = new SteadyLoad(Clients, requests, Ask);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var loading = load.Run(end.Token);
        var turns = new List<ShadowTurn>();
        var (announced, before) = (0L, await ScoredByShadows(cancellationToken));
        for (var turn = 0; turn < settings.Turns; turn++)
        {
            turns.Add(await Turn(load, shadowed: false, cancellationToken));
            await Task.Delay(NotOfTheShadow, cancellationToken);
            await Say(ShadowStates.Live, cancellationToken);
            turns.Add(await Turn(load, shadowed: true, cancellationToken));
            announced += turns[^1].Recordings.Count;
            await ShadowsScored(before + announced, cancellationToken);
            await Say(ShadowStates.Dropped, cancellationToken);
            await Console.Error.WriteLineAsync(
                $"p99 {Quantiles.Of(turns[^1].Requests, 0.99):0.0} ms with, {Quantiles.Of(turns[^2].Requests, 0.99):0.0} ms without; p50 {Quantiles.Of(turns[^1].Requests, 0.5):0.0} and {Quantiles.Of(turns[^2].Requests, 0.5):0.0}; recordings p99 {Quantiles.Of(turns[^1].Recordings, 0.99):0} and {Quantiles.Of(turns[^2].Recordings, 0.99):0}");
        }

        await end.CancelAsync();
        await loading;
        return new(turns, load.Failures, announced, await ScoredByShadows(cancellationToken) - before);
    }

    private async Task Deploy(CancellationToken cancellationToken)
    {
        var deployments = new List<ModelDeployed>();
        foreach (var (number, device) in _devices.Index())
        {
            var champion = await BenchModel.Create(device, number).Publish(platform.Store, 1, cancellationToken);
            var shadow = await BenchModel.Create(device, 1_000 + number).Publish(platform.Store, 2, cancellationToken);
            deployments.Add(champion);
            await platform.Announce(champion, cancellationToken);
            _shadows.Add(new(
                number + 1, shadow.ModelId, shadow.Version, 0, ShadowStates.Live, shadow.Mode, shadow.Devices, shadow.PackagePrefix,
                shadow.PackageManifestSha256, shadow.SpecHash, "bench", "bench", DateTimeOffset.UtcNow, DateTimeOffset.UtcNow));
        }

        await platform.Served(deployments, cancellationToken);
    }

    private async Task<ShadowTurn> Turn(SteadyLoad load, bool shadowed, CancellationToken cancellationToken)
    {
        var latencies = new ConcurrentBag<double>();
        _announced.Clear();
        await Task.Delay(Settling, cancellationToken);
        load.CountIn(latencies);
        await Announce(settings.Length, cancellationToken);
        load.CountIn(null);
        return new(shadowed, latencies, await Scored(Patience, cancellationToken));
    }

    private async Task Announce(TimeSpan time, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < time.TotalSeconds * settings.PerSecond; i++)
        {
            var wait = TimeSpan.FromSeconds((double)i / settings.PerSecond) - Stopwatch.GetElapsedTime(started);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, cancellationToken);
            var message = _recording!.Announcement(_devices[i % _devices.Length], DateTimeOffset.UnixEpoch.AddMinutes(_recordings++));
            _announced[message.RecordingId] = Stopwatch.GetTimestamp();
            await platform.Publish(message, cancellationToken);
        }
    }

    /// <summary>Returns once all that was announced in this turn has its score, with how long that took each.</summary>
    private async Task<IReadOnlyCollection<double>> Scored(TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (_announced.Keys.Any(id => !platform.Scored.ContainsKey(id)))
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
                throw new InvalidOperationException($"Of {_announced.Count} recordings not all were scored within {patience.TotalSeconds:0} s.");
            await Task.Delay(20, cancellationToken);
        }

        return [.. _announced.Select(one => Stopwatch.GetElapsedTime(one.Value, platform.Scored[one.Key]).TotalMilliseconds)];
    }

    /// <summary>A shadow may be behind; whether it catches up at all shows in the last row.</summary>
    private async Task ShadowsScored(long recordings, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (await ScoredByShadows(cancellationToken) < recordings && Stopwatch.GetElapsedTime(started) < Patience)
            await Task.Delay(200, cancellationToken);
        await Console.Error.WriteLineAsync($"the shadows were done {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s after the champions");
    }

    private async Task<long> ScoredByShadows(CancellationToken cancellationToken)
    {
        var scored = 0L;
        foreach (var shadow in _shadows)
        {
            var comparison = await Comparison(shadow, cancellationToken);
            scored += comparison.GetProperty("onlyShadow").GetInt64();
            if (comparison.GetProperty("total") is { ValueKind: JsonValueKind.Object } total)
                scored += total.GetProperty("recordings").GetInt64();
        }

        return scored;
    }

    /// <summary>Starts or ends all shadows and returns when the replica knows it.</summary>
    private async Task Say(string state, CancellationToken cancellationToken)
    {
        _revision++;
        var now = DateTimeOffset.UtcNow;
        foreach (var shadow in _shadows)
            await platform.Announce(shadow with { Revision = _revision, State = state, StartedAt = now, ChangedAt = now }, cancellationToken);
        foreach (var shadow in _shadows)
        {
            while ((await Comparison(shadow, cancellationToken)).GetProperty("state").GetString() != state)
                await Task.Delay(20, cancellationToken);
        }
    }

    private async Task<JsonElement> Comparison(ShadowDeployed shadow, CancellationToken cancellationToken)
    {
        using var response = await platform.Replicas[0].Http.GetAsync($"comparisons/{shadow.ModelId}?version={shadow.Version}", cancellationToken);
        using var json = JsonDocument.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(cancellationToken));
        return json.RootElement.Clone();
    }

    private async Task Ask(int client)
    {
        var device = _devices[Random.Shared.Next(_devices.Length)];
        var answer = await platform.Replicas[0].Http.Score(device, _wav, CancellationToken.None);
        if (answer.Version != 1)
            throw new InvalidDataException($"{answer} is not the champion's.");
    }
}
