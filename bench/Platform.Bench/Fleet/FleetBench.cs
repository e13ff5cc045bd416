using System.CommandLine;
using Platform.Bench.Serving;

namespace Platform.Bench.Fleet;

/// <summary><c>bench fleet</c>: thousands of devices, each with a model of its own or one of its type, in one replica with memory for some of them.</summary>
internal static class FleetBench
{
    private const double CatchUpSeconds = 5;

    public static Command Create(Option<bool> json)
    {
        var models = new Option<int>("--models") { Description = "Devices that have a model of their own.", DefaultValueFactory = _ => 2_000 };
        var types = new Option<int>("--types") { Description = "Models of machine types, each of fifty devices more.", DefaultValueFactory = _ => 20 };
        var memory = new Option<int>("--memory") { Description = "Memory for models, in MiB.", DefaultValueFactory = _ => 128 };
        var seconds = new Option<int>("--seconds") { Description = "How long clients ask for scores of devices at random.", DefaultValueFactory = _ => 20 };
        var small = new Option<bool>("--small") { Description = "Networks of [4, 8] channels instead of the default ones." };
        var command = new Command("fleet", "Thousands of devices in one replica: start, wrong answers, loads, memory.") { models, types, memory, seconds, small };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var settings = new FleetSettings(
                parse.GetValue(models), parse.GetValue(types), parse.GetValue(memory), TimeSpan.FromSeconds(parse.GetValue(seconds)), parse.GetValue(small));
            using var servers = BenchServers.Start();
            await using var platform = await BenchPredictors.Start(replicas: 0, TimeSpan.Zero, cancellationToken);
            var result = await new FleetRun(settings, platform).Run(cancellationToken);
            foreach (var wrong in result.Wrong.Take(10))
                await Console.Error.WriteLineAsync(wrong);

            const double mebibyte = 1024 * 1024;
            var rows = new List<Row>
            {
                new($"catch-up of {settings.Models + settings.Types} deployments at start", result.CatchUpSeconds, CatchUpSeconds, "s", result.CatchUpSeconds / CatchUpSeconds, 1, Better.Lower),
                new("answers of another version or device", result.Wrong.Count, result.Answers, "", result.Wrong.Count, 0, Better.Lower),
                new("packages opened, against needed", result.Opened, result.Needed, "", (double)result.Opened / result.Needed, 1, Better.Lower),
                new("resident memory of a model, against counted", result.RealBytes / 1024, result.CountedBytes / 1024, "KiB", result.RealBytes / result.CountedBytes, 1.1, Better.Lower),
                new("resident memory over that without models, against the budget", result.Growth / mebibyte, settings.Memory, "MiB", result.Growth / mebibyte / settings.Memory, 2, Better.Lower),
            };
            foreach (var row in rows)
                row.Print(parse.GetValue(json));
            return rows.All(row => row.Holds) ? 0 : 1;
        });
        return command;
    }
}

/// <param name="Models">Of one device each.</param>
/// <param name="Types">Models of fifty devices each.</param>
/// <param name="Memory">In MiB.</param>
internal sealed record FleetSettings(int Models, int Types, int Memory, TimeSpan Asking, bool Small);

/// <param name="Wrong">Answers that are not of the device's model.</param>
/// <param name="Opened">Packages while devices were asked one after the other; <paramref name="Needed"/>: those that were not in memory.</param>
/// <param name="RealBytes">Resident memory per model, and <paramref name="CountedBytes"/> what the budget counts for it.</param>
/// <param name="Growth">Resident bytes over those of a replica without models, after all of it.</param>
internal sealed record FleetResult(
    double CatchUpSeconds, IReadOnlyCollection<string> Wrong, long Answers, long Opened, long Needed, double RealBytes, double CountedBytes, double Growth);
