using System.Diagnostics;
using System.Security.Cryptography;
using Platform.Bench.Serving;
using Platform.Contracts;
using Platform.Dsp;

namespace Platform.Bench.Scoring;

/// <summary>
/// Recordings of a minute whose patches are in the store already: from the first <c>FeaturesExtracted</c> to the last <c>RecordingScored</c>, with
/// what belongs to a score: reading and verifying the patches, the row, the alarm, the message.
/// </summary>
internal static class ThroughputRow
{
    private const double PatchesPerSecond = 1_000;

    // What a replica computes with after its first minute is code that was compiled a second time.
    private const int WarmUp = 300;

    public static async Task<Row> Measure(BenchPredictors platform, int devices, int recordings, CancellationToken cancellationToken)
    {
        var deployments = new List<ModelDeployed>();
        for (var number = 0; number < devices; number++)
        {
            deployments.Add(await BenchModel.Create($"T-{number}", number).Publish(platform.Store, 1, cancellationToken));
            await platform.Announce(deployments[^1], cancellationToken);
        }

        await platform.Served(deployments, cancellationToken);
        var features = BenchAudio.Features(BenchAudio.Hum(seconds: 60));
        var npy = NpyFile.Write(features.ToArray());
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(npy));
        var messages = new List<FeaturesExtracted>();
        for (var i = 0; i < recordings + WarmUp; i++)
        {
            var device = $"T-{i % devices}";
            var key = $"features/bench/{device}/{i}.npy";
            await platform.Store.Put(key, new MemoryStream(npy), cancellationToken);
            messages.Add(new(
                Guid.NewGuid(), device, key, sha256, BenchModel.Spec.Extraction.Hash, new string('0', 64), features.PatchCount,
                DateTimeOffset.UnixEpoch.AddDays(i)));
        }

        await Score(messages[recordings..]); // compiled and connected
        var (started, before) = (Stopwatch.GetTimestamp(), platform.ProcessorTime);
        await Score(messages[..recordings]);
        var (seconds, spent) = (Stopwatch.GetElapsedTime(started).TotalSeconds, (platform.ProcessorTime - before).TotalSeconds);
        var patches = recordings * features.PatchCount;
        var perSecond = patches / seconds;
        await Console.Error.WriteLineAsync($"{patches} patches in {seconds:0.0} s, {spent:0.0} s of processor time in the predictor: {1_000 * spent / patches:0.00} ms a patch");
        return new($"one replica, {recordings} recordings of {features.PatchCount} patches", perSecond, PatchesPerSecond, "patches/s", perSecond / PatchesPerSecond, 1);

        async Task Score(IReadOnlyList<FeaturesExtracted> batch)
        {
            foreach (var message in batch)
                await platform.Publish(message, cancellationToken);
            while (batch.Any(message => !platform.Scored.ContainsKey(message.RecordingId)))
                await Task.Delay(5, cancellationToken);
        }
    }
}
