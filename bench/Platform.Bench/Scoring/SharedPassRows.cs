using System.Diagnostics;
using Platform.Bench.Serving;
using Platform.Contracts;

namespace Platform.Bench.Scoring;

/// <summary>
/// What it gains that recordings of one model which wait together share a pass of its network: sixteen devices that have one model, against sixteen
/// with a model each, whose recordings cannot share any. Both take turns under the same load.
/// </summary>
internal static class SharedPassRows
{
    private const int Devices = 16;
    private const int Turns = 5;
    private const int Recordings = 600;

    // Eight seconds are one patch: the pass of a recording alone is as small as it gets.
    private const double Seconds = 8;

    private static readonly TimeSpan Asking = TimeSpan.FromSeconds(4);

    public static async Task<IReadOnlyList<Row>> Measure(BenchPredictors platform, CancellationToken cancellationToken)
    {
        var (shared, own) = (Named("SP"), Named("SO"));
        var template = BenchModel.Create("template", 0);
        List<BenchModel> models = [template.For("machine_type/SP_all/pooled", [.. shared.Select((device, number) => (device, number + 1))])];
        models.AddRange(own.Select((device, number) => template.For($"device/{device}_all", [(device, number + 100)])));
        var deployments = new List<ModelDeployed>();
        foreach (var model in models)
        {
            deployments.Add(await model.Publish(platform.Store, 1, cancellationToken));
            await platform.Announce(deployments[^1], cancellationToken);
        }

        await platform.Served(deployments, cancellationToken);
        var wav = BenchAudio.Hum(Seconds);
        var stored = await StoredRecording.Put(platform, Seconds, cancellationToken);
        var at = DateTimeOffset.UnixEpoch;
        await Both(Ask); // compiled
        await Both(Announce);
        return
        [
            await Gain("POST score, 16 clients of one model", Ask),
            await Gain($"events, {Recordings} recordings of one patch and one model", Announce),
        ];

        async Task<Row> Gain(string name, Func<string[], Task<double>> perSecond)
        {
            var turns = new List<(double Shared, double Own)>();
            for (var turn = 0; turn < Turns; turn++)
                turns.Add(await Both(perSecond));
            var (ours, peer) = (Median.Of([.. turns.Select(turn => turn.Shared)]), Median.Of([.. turns.Select(turn => turn.Own)]));
            return new(name, ours, peer, "recordings/s", ours / peer, 1);
        }

        async Task<(double Shared, double Own)> Both(Func<string[], Task<double>> perSecond) => (await perSecond(shared), await perSecond(own));

        Task<double> Ask(string[] devices) => Spent(devices == shared, () => SteadyLoad.Capacity(
            Devices, Asking, client => platform.Replicas[0].Http.Score(devices[client], wav, cancellationToken)));

        Task<double> Announce(string[] devices) => Spent(devices == shared, async () =>
        {
            var messages = Enumerable.Range(0, Recordings).Select(i => stored.Announcement(devices[i % Devices], at = at.AddMinutes(1))).ToList();
            var started = Stopwatch.GetTimestamp();
            await Task.WhenAll(messages.Select(message => platform.Publish(message, cancellationToken)));
            while (messages.Any(message => !platform.Scored.ContainsKey(message.RecordingId)))
                await Task.Delay(2, cancellationToken);
            return Recordings / Stopwatch.GetElapsedTime(started).TotalSeconds;
        });

        async Task<double> Spent(bool one, Func<Task<double>> perSecond)
        {
            var (started, before) = (Stopwatch.GetTimestamp(), platform.ProcessorTime);
            var reached = await perSecond();
            var spent = (platform.ProcessorTime - before).TotalMilliseconds / (reached * Stopwatch.GetElapsedTime(started).TotalSeconds);
            await Console.Error.WriteLineAsync($"{(one ? "one model" : "a model each")}: {reached:0} recordings/s, {spent:0.00} ms of processor time each");
            return reached;
        }
    }

    private static string[] Named(string prefix) => [.. Enumerable.Range(0, Devices).Select(number => $"{prefix}-{number}")];
}
