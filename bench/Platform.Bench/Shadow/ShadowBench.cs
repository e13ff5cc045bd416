using System.CommandLine;
using Platform.Bench.Serving;

namespace Platform.Bench.Shadow;

/// <summary><c>bench shadow</c>: what a shadow costs those who ask the champion, and the champion's recordings.</summary>
internal static class ShadowBench
{
    private const double LatencyLimit = 1.2;

    public static Command Create(Option<bool> json)
    {
        var turns = new Option<int>("--turns") { Description = "Turns with shadows, and as many without.", DefaultValueFactory = _ => 6 };
        var seconds = new Option<int>("--seconds") { Description = "Length of a turn.", DefaultValueFactory = _ => 12 };
        var recordings = new Option<int>("--recordings") { Description = "Recordings of a minute that are announced each second.", DefaultValueFactory = _ => 10 };
        var requests = new Option<int>("--requests") { Description = "POST score a second; by default a quarter of what the service can take.", DefaultValueFactory = _ => 0 };
        var devices = new Option<int>("--devices") { Description = "Devices, each with a champion and a shadow.", DefaultValueFactory = _ => 8 };
        var command = new Command("shadow", "Scores under constant load beside shadows, against the same load without them.") { turns, seconds, recordings, requests, devices };
        foreach (var option in (Option<int>[])[turns, seconds, recordings, devices])
        {
            option.Validators.Add(given =>
            {
                if (given.GetValueOrDefault<int>() < 1)
                    given.AddError($"{option.Name} is {given.GetValueOrDefault<int>()}; it must be at least 1.");
            });
        }

        command.SetAction(async (parse, cancellationToken) =>
        {
            var settings = new ShadowSettings(
                parse.GetValue(turns), TimeSpan.FromSeconds(parse.GetValue(seconds)), parse.GetValue(recordings), parse.GetValue(requests), parse.GetValue(devices));
            using var servers = BenchServers.Start();
            await using var platform = await BenchPredictors.Start(replicas: 1, TimeSpan.Zero, cancellationToken);
            var result = await new ShadowRun(settings, platform).Run(cancellationToken);
            foreach (var trouble in result.Failures.Take(10))
                await Console.Error.WriteLineAsync(trouble);

            var rows = Rows(result);
            foreach (var row in rows)
                row.Print(parse.GetValue(json));
            return rows.All(row => row.Holds) ? 0 : 1;
        });
        return command;
    }

    private static List<Row> Rows(ShadowResult result)
    {
        var (with, without) = (result.Turns.Where(turn => turn.Shadowed).ToList(), result.Turns.Where(turn => !turn.Shadowed).ToList());
        return
        [
            Latency("POST score p99 beside shadows", turn => turn.Requests, 0.99),
            Latency("POST score p50 beside shadows", turn => turn.Requests, 0.5),
            Latency("FeaturesExtracted to RecordingScored p99 beside shadows", turn => turn.Recordings, 0.99),
            new("requests that failed", result.Failures.Count, with.Concat(without).Sum(turn => turn.Requests.Count), "", result.Failures.Count, 0, Better.Lower),
            new("recordings that the shadows scored as well", result.ScoredByShadows, result.Announced, "", (double)result.ScoredByShadows / result.Announced, 1),
        ];

        // The median over the turns: what else the machine does hits some of them.
        Row Latency(string name, Func<ShadowTurn, IReadOnlyCollection<double>> latencies, double share)
        {
            var (ours, peer) = (Of(with), Of(without));
            return new(name, ours, peer, "ms", ours / peer, LatencyLimit, Better.Lower);

            double Of(List<ShadowTurn> turns) => Median.Of([.. turns.Select(turn => Quantiles.Of(latencies(turn), share))]);
        }
    }
}

/// <param name="PerSecond">Recordings that are announced each second, evenly.</param>
/// <param name="Requests">Likewise; 0 for a quarter of what the service can take.</param>
internal sealed record ShadowSettings(int Turns, TimeSpan Length, int PerSecond, int Requests, int Devices);
