using System.CommandLine;
using Platform.Bench.Serving;

namespace Platform.Bench.Swap;

/// <summary><c>bench swap</c>: what swapping models costs those who ask for scores meanwhile.</summary>
internal static class SwapBench
{
    private const double LatencyLimit = 1.2;
    private const double MegabytesPer1000Swaps = 50;
    private const double ToServingMilliseconds = 1_000;

    public static Command Create(Option<bool> json)
    {
        var swaps = new Option<int>("--swaps") { Description = "Swaps; 10 000 take some 25 minutes.", DefaultValueFactory = _ => 10_000 };
        var rate = new Option<double>("--rate") { Description = "Swaps per second.", DefaultValueFactory = _ => 10 };
        var devices = new Option<int>("--devices") { Description = "Devices, each with a model of its own.", DefaultValueFactory = _ => 50 };
        var clients = new Option<int>("--clients") { Description = "Clients that ask for scores.", DefaultValueFactory = _ => 16 };
        var slow = new Option<int>("--slow-store") { Description = "Milliseconds that each read of the store takes longer.", DefaultValueFactory = _ => 0 };
        var corrupt = new Option<bool>("--corrupt") { Description = "Every tenth deployment is a corrupt package or one of another feature spec." };
        var replicas = new Option<int>("--replicas") { Description = "Processes of the predictor.", DefaultValueFactory = _ => 1 };
        var freeze = new Option<bool>("--freeze") { Description = "Freeze the last replica in the second third; it has to catch up. Needs --replicas 2 or more." };
        var command = new Command("swap", "Scores under constant load while models are swapped, against the same load without swaps.")
        {
            swaps, rate, devices, clients, slow, corrupt, replicas, freeze,
        };
        foreach (var option in (Option<int>[])[swaps, devices, clients, replicas])
        {
            option.Validators.Add(given =>
            {
                if (given.GetValueOrDefault<int>() < 1)
                    given.AddError($"{option.Name} is {given.GetValueOrDefault<int>()}; it must be at least 1.");
            });
        }

        command.SetAction(async (parse, cancellationToken) =>
        {
            var settings = new SwapSettings(
                parse.GetValue(swaps), parse.GetValue(rate), parse.GetValue(devices), parse.GetValue(clients),
                TimeSpan.FromMilliseconds(parse.GetValue(slow)), parse.GetValue(corrupt), parse.GetValue(replicas), parse.GetValue(freeze));
            if (settings is { Freeze: true, Replicas: 1 })
            {
                await Console.Error.WriteLineAsync("--freeze needs --replicas 2 or more: somebody has to answer meanwhile.");
                return 1;
            }

            using var servers = BenchServers.Start();
            await using var predictors = await BenchPredictors.Start(settings.Replicas, settings.SlowStore, cancellationToken);
            var wav = BenchAudio.Hum(seconds: 10);
            var packages = await SwapPackages.Create(settings.Devices, settings.Corrupt, BenchAudio.Features(wav), predictors.Store, cancellationToken);
            var result = await new SwapRun(settings, predictors, packages, wav).Run(cancellationToken);
            foreach (var trouble in result.Failures.Concat(result.Mixed).Concat(result.Unserved).Take(10))
                await Console.Error.WriteLineAsync(trouble);

            var rows = Rows(settings, result);
            foreach (var row in rows)
                row.Print(parse.GetValue(json));
            return rows.All(row => row.Holds) ? 0 : 1;
        });
        return command;
    }

    private static List<Row> Rows(SwapSettings settings, SwapResult result)
    {
        // The median over the turns: what else the machine does hits some of them.
        var with = Median.Of([.. result.With.Select(turn => Quantiles.Of(turn, 0.99))]);
        var without = Median.Of([.. result.Without.Select(turn => Quantiles.Of(turn, 0.99))]);
        var (p50, p99) = (Quantiles.Of(result.ToServing, 0.5), Quantiles.Of(result.ToServing, 0.99));
        var growth = GrowthPer1000(result.Memory) / 1e6;
        return
        [
            new($"score p99 during {settings.Swaps} swaps, {settings.PerSecond:0.#}/s", with, without, "ms", with / without, LatencyLimit, Better.Lower),
            Count("requests that failed", result.Failures.Count, result.Requests),
            Count("answers that mix versions", result.Mixed.Count, result.Requests),
            Count("devices whose last deployment is not served", result.Unserved.Count, settings.Devices * settings.Replicas),
            new("memory growth per 1 000 swaps", growth, MegabytesPer1000Swaps, "MB", growth / MegabytesPer1000Swaps, 1, Better.Lower),
            new("ModelDeployed to first answer, p50", p50, ToServingMilliseconds, "ms", p50 / ToServingMilliseconds, 1, Better.Lower),
            new("ModelDeployed to first answer, p99", p99, ToServingMilliseconds, "ms", p99 / ToServingMilliseconds, 1, Better.Lower),
        ];
    }

    private static Row Count(string name, int wrong, int of) => new(name, wrong, of, "", wrong, 0, Better.Lower);

    /// <summary>Slope of the line through all points, least squares.</summary>
    private static double GrowthPer1000(IReadOnlyList<(int Swaps, long Bytes)> memory)
    {
        var (meanSwaps, meanBytes) = (memory.Average(point => point.Swaps), memory.Average(point => point.Bytes));
        return 1_000 * memory.Sum(point => (point.Swaps - meanSwaps) * (point.Bytes - meanBytes)) / memory.Sum(point => Math.Pow(point.Swaps - meanSwaps, 2));
    }
}
