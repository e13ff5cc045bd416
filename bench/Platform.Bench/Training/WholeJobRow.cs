using Platform.Models;
using Platform.Testing;

namespace Platform.Bench.Training;

/// <summary>What both sides train with.</summary>
internal sealed record WholeJobBudget(int Epochs, int BatchSize, double LearningRate, int Threads, IReadOnlyList<int> Channels);

/// <summary>One side's job: how long it took, what it did, and where the time went.</summary>
internal sealed record WholeJobTurn(double Seconds, int Patches, int Steps, string Parts);

/// <summary>
/// From a folder of 100 one-minute recordings to a model that is served, against a Python job that ends in files. In turns, on
/// recordings that are new in each round; both make the same number of patches and of optimiser steps, or there is no row.
/// </summary>
internal static class WholeJobRow
{
    // As much as it takes to pass the trainer's check that a network learned something.
    private const int WarmUpRecordings = 8;
    private const int WarmUpEpochs = 40;

    public static async Task<Row> Measure(int rounds, int epochs, int threads, CancellationToken cancellationToken)
    {
        using var servers = BenchServers.Start();
        using var recordings = new TestFolder();
        await using var platform = await WholeJobPlatform.Start();
        var budget = new WholeJobBudget(epochs, BatchSize: 32, LearningRate: 1e-3, threads, new Architecture().Channels);

        // The services run all day: a small job compiles their code. Python's interpreter starts anew for each job, as it does in use.
        WholeJobRecordings.Write(recordings.Path, seed: 0);
        await platform.Run("LT-0", [.. Files().Take(WarmUpRecordings)], budget with { Epochs = WarmUpEpochs }, cancellationToken);

        var (own, other) = (new List<double>(), new List<double>());
        for (var round = 1; round <= rounds; round++)
        {
            WholeJobRecordings.Write(recordings.Path, seed: 1_000 * round);
            var ours = await platform.Run($"LT-{round}", Files(), budget, cancellationToken);
            Tell("ours", ours);
            var theirs = await WholeJobPeer.Run(recordings.Path, budget, round, cancellationToken);
            Tell("peer", theirs);
            if ((ours.Patches, ours.Steps) != (theirs.Patches, theirs.Steps))
                throw new InvalidOperationException("Both sides must make the same number of patches and of steps.");
            own.Add(ours.Seconds);
            other.Add(theirs.Seconds);
        }

        return new Row(
            $"whole job, {WholeJobRecordings.Recordings} one-minute WAVs, {epochs} epochs, {threads} threads", Median.Of(own), Median.Of(other), "s",
            Median.Of([.. own.Zip(other, (a, b) => a / b)]), Limit: 0.35, Better.Lower);

        string[] Files() => [.. Directory.EnumerateFiles(recordings.Path, "*.wav").Order(StringComparer.Ordinal)];

        static void Tell(string side, WholeJobTurn turn) =>
            Console.Error.WriteLine($"{side}: {turn.Seconds:0.0} s, {turn.Patches} patches, {turn.Steps} steps: {turn.Parts}");
    }
}
