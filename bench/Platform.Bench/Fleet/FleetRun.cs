using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Platform.Bench.Serving;
using Platform.Contracts;
using Platform.Models;
using Platform.Testing;

namespace Platform.Bench.Fleet;

/// <summary>One replica with little memory and many models; every device has a threshold that no other has.</summary>
internal sealed partial class FleetRun(FleetSettings settings, BenchPredictors platform)
{
    private const int DevicesPerType = 50;
    private const int Clients = 8;
    private const int OneByOne = 200;
    private const int Recordings = 1_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly byte[] _wav = BenchAudio.Hum(seconds: 10);
    private readonly ConcurrentDictionary<string, (string ModelId, int Number)> _devices = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _wrong = new();
    private long _answers;

    public async Task<FleetResult> Run(CancellationToken cancellationToken)
    {
        // 1. What a model takes: two lots, so that what the first one leaves behind is there for the second one to use.
        var network = settings.Small ? new Architecture { Channels = [4, 8] } : null;
        var template = BenchModel.Create("template", 0, network);
        var deployments = await Publish(template, cancellationToken);
        var (real, counted) = await PerModel([.. deployments.Where(one => one.Mode == ScopeModes.Device).Take(600)], cancellationToken);

        // 2. A replica that starts and finds all of them deployed.
        foreach (var deployed in deployments)
            platform.Deployed[deployed.ModelId] = deployed;
        platform.Loaded.Clear();
        var replica = await platform.AddReplica(("Serving__ModelMemoryMebibytes", settings.Memory.ToString(CultureInfo.InvariantCulture)));
        var without = replica.ResidentBytes;
        var started = Stopwatch.GetTimestamp();
        var catchUp = CaughtUp().Match(replica.Log);
        await Ask(replica, 0);
        await Console.Error.WriteLineAsync($"first answer {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms after the replica was ready; it had caught up in {catchUp.Groups[1].Value} s");
        await platform.Served(deployments, cancellationToken);
        await Console.Error.WriteLineAsync($"all {deployments.Count} models verified after {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s, {replica.ResidentBytes >> 20} MiB resident");

        // 3. One by one: each model that is not in memory is opened once, no other is.
        var (needed, before) = (0L, await Metric(replica, "predictor_packages_opened"));
        for (var i = 0; i < OneByOne; i++)
        {
            var device = Any(i);
            needed += await InMemory(replica, device, cancellationToken) ? 0 : 1;
            await Score(replica, device);
        }

        var opened = await Metric(replica, "predictor_packages_opened") - before;

        // 4. All at once, over HTTP and by events.
        var latencies = new ConcurrentBag<double>();
        await SteadyLoad.Capacity(Clients, settings.Asking, async client =>
        {
            var sent = Stopwatch.GetTimestamp();
            await Ask(replica, client);
            latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        });
        await Console.Error.WriteLineAsync(
            $"{latencies.Count} requests for devices at random: p50 {Quantiles.Of(latencies, 0.5):0.0} ms, p99 {Quantiles.Of(latencies, 0.99):0.0} ms; {await Metric(replica, "predictor_models_loaded"):0} models in memory");
        await Announce(cancellationToken);
        return new(
            double.Parse(catchUp.Groups[1].Value, CultureInfo.InvariantCulture), _wrong, Interlocked.Read(ref _answers), (long)opened, needed, real, counted,
            replica.ResidentBytes - without);
    }

    private async Task<IReadOnlyList<ModelDeployed>> Publish(BenchModel template, CancellationToken cancellationToken)
    {
        var models = new List<BenchModel>();
        for (var number = 1; number <= settings.Models; number++)
            models.Add(Of($"device/F-{number}_all", [($"F-{number}", number)]));
        for (var type = 1; type <= settings.Types; type++)
            models.Add(Of($"machine_type/T{type}_all/pooled", [.. Enumerable.Range(100_000 + (type * DevicesPerType), DevicesPerType).Select(number => ($"F-{number}", number))]));

        var deployments = new ConcurrentBag<ModelDeployed>();
        await Parallel.ForEachAsync(
            models, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (model, token) => deployments.Add(await model.Publish(platform.Store, 1, token)));
        return [.. deployments];

        BenchModel Of(string id, IReadOnlyList<(string Device, int Number)> devices)
        {
            foreach (var (device, number) in devices)
                _devices[device] = ($"{id}/conv-ae", number);
            return template.For(id, devices);
        }
    }

    private async Task<(double Real, double Counted)> PerModel(IReadOnlyList<ModelDeployed> deployments, CancellationToken cancellationToken)
    {
        var roomy = await platform.AddReplica(("Serving__ModelMemoryMebibytes", "100000"));
        var half = deployments.Count / 2;
        await Announce(deployments.Take(half));
        var (resident, counted) = (roomy.ResidentBytes, await Metric(roomy, "predictor_models_memory"));
        await Announce(deployments.Skip(half));
        var (more, counts) = (roomy.ResidentBytes - resident, await Metric(roomy, "predictor_models_memory") - counted);
        await roomy.Kill();
        platform.Forget(roomy);
        return ((double)more / (deployments.Count - half), counts / (deployments.Count - half));

        async Task Announce(IEnumerable<ModelDeployed> lot)
        {
            var all = lot.ToList();
            foreach (var deployed in all)
                await platform.Publish(deployed, cancellationToken);
            await platform.Served(all, cancellationToken);
        }
    }

    private async Task Announce(CancellationToken cancellationToken)
    {
        var stored = await StoredRecording.Put(platform, seconds: 10, cancellationToken);
        var messages = Enumerable.Range(0, Recordings).Select(i => stored.Announcement(Any(i + OneByOne), DateTimeOffset.UnixEpoch.AddMinutes(i))).ToList();
        var started = Stopwatch.GetTimestamp();
        foreach (var message in messages)
            await platform.Publish(message, cancellationToken);
        while (messages.Any(message => !platform.Scores.ContainsKey(message.RecordingId)))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
                throw new InvalidOperationException($"Of {Recordings} recordings not all were scored within {Patience}.");
            await Task.Delay(20, cancellationToken);
        }

        await Console.Error.WriteLineAsync($"{Recordings} recordings of devices at random in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        foreach (var message in messages)
        {
            var scored = platform.Scores[message.RecordingId];
            Check(scored.Device == message.Device && scored.ModelId == _devices[message.Device].ModelId, scored.Device, scored.Version, scored.Threshold, scored);
        }
    }

    private Task Ask(ServiceProcess replica, int client) => Score(replica, Any(Random.Shared.Next() + client));

    private async Task Score(ServiceProcess replica, string device)
    {
        var answer = await replica.Http.Score(device, _wav, CancellationToken.None);
        Check(answer.Device == device, device, answer.Version, answer.Threshold, answer);
    }

    private void Check(bool right, string device, int version, double threshold, object answer)
    {
        Interlocked.Increment(ref _answers);
        if (!right || version != 1 || threshold != 1_000 + _devices[device].Number)
            _wrong.Enqueue($"{answer} is not of {_devices[device]}.");
    }

    // Neighbours in this order have nothing to do with each other.
    private string Any(int number)
    {
        var (of, hash) = (settings.Models + (settings.Types * DevicesPerType), (uint)number * 2_654_435_761u);
        var at = (int)(hash % (uint)of);
        return at < settings.Models ? $"F-{at + 1}" : $"F-{100_000 + DevicesPerType + at - settings.Models}";
    }

    private static async Task<bool> InMemory(ServiceProcess replica, string device, CancellationToken cancellationToken)
    {
        using var json = JsonDocument.Parse(await replica.Http.GetStringAsync($"devices/{device}/model", cancellationToken));
        return json.RootElement.GetProperty("inMemory").GetBoolean();
    }

    private static async Task<double> Metric(ServiceProcess replica, string name)
    {
        var line = (await replica.Http.GetStringAsync("metrics")).Split('\n').SingleOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"Caught up with the registry: \d+ models are deployed, after ([0-9.]+) s")]
    private static partial Regex CaughtUp();
}
